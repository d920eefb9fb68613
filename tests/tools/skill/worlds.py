"""What is simulated: sensors, light, season, angle of view, ground, fires.

The areas of a condition are drawn log-uniformly about a size that does not come from our detector: a fire of 1000 K of
that size adds what ALGORITHMS 10.4 expects the sensor to need; other temperatures get the area that shines the same.
Fires stand on a lattice, each shifted at random, in random order; over the relief of the simulator below 3200 m.
"""
import hashlib
import math
from dataclasses import dataclass, field

import numpy as np

# The detailed land of the simulator without its rim: lon, lon, lat, lat
BOX = (101.4, 103.4, 35.2, 37.4)
HIGHEST_M = 3200.0

# Months of 10.3: the hours of the afternoon orbit over Haidong, UTC
SEASONS = {"Oct": "2025-10-20", "Mar": "2025-03-25", "Jun": "2025-06-15", "Jan": "2025-01-15"}
DAY, NIGHT = "05:30:00Z", "18:30:00Z"
KELVIN = [700, 800, 900, 1000, 1100, 1200]
# Schroeder 2014, figure 4, as digitised in ALGORITHMS 10.4: m2 at which half of the fires are found
S14 = {
    "day": {1150: 20.6, 1100: 23.9, 1050: 28.0, 1000: 33.8, 950: 41.5, 900: 52.5, 850: 67, 780: 103, 750: 126, 700: 179},
    "night": {1150: 3.7, 1100: 4.4, 1050: 5.2, 1000: 6.3, 950: 7.6, 900: 9.5, 850: 12.5, 780: 18, 750: 23.5, 700: 33},
}
S14_KELVIN = [700, 780, 900, 1000, 1150]
PROFILES = ["reference", "sensitive", "plateau"]


@dataclass(frozen=True)
class Sensor:
    """A sensor: the simulator's command, the wavelength of its fire band, a size to look about (m2 at 1000 K)."""

    name: str
    words: tuple
    band_um: float
    middle: dict
    columns: dict = field(default_factory=dict)
    spacing_km: float = 8.0
    # where the truth has the place in the sensor's grid
    truth: tuple = ("line", "column")


SENSORS = {
    "viirs": Sensor(
        "VIIRS 375 m", ("viirs", "--lines", "640"), 3.74, {"day": 34.0, "night": 6.3},
        # scan angles under which the ground sees the satellite 30 and 50 degrees from the zenith
        {"nadir": 3200, "30": 2218, "50": 1393}, 8.0,
    ),
    "viirs-m": Sensor(
        "VIIRS 750 m", ("viirs", "--bands", "mod", "--lines", "320"), 4.05, {"day": 70.0, "night": 40.0},
        {"nadir": 1600, "30": 1109, "50": 697}, 11.0, ("m_line", "m_column"),
    ),
    "modis": Sensor(
        "MODIS 1 km", ("modis", "--lines", "300"), 3.96, {"day": 120.0, "night": 160.0},
        {"nadir": 677, "30": 353, "50": 152}, 14.0,
    ),
    "ahi": Sensor("Himawari AHI 2 km", ("ahi", "--bands", "4,5,6,7,14,15", "--segments", "2"), 3.89,
                  {"day": 600.0, "night": 150.0}, {}, 19.0),
}


@dataclass(frozen=True)
class World:
    """One scene to simulate: a condition and a repeat of it."""

    sensor: str
    light: str
    season: str = "Oct"
    zone: str = "nadir"
    ground: str = "Haidong"
    repeat: int = 0
    kelvin: tuple = tuple(KELVIN)
    fires: int = 30
    mixed: bool = False

    @property
    def condition(self):
        return (self.sensor, self.light, self.season, self.zone, self.ground, self.mixed)

    @property
    def name(self):
        mixed = "-mixed" if self.mixed else ""
        return f"{self.sensor}-{self.ground}-{self.season}-{self.light}-{self.zone}{mixed}-{self.repeat}".lower()

    def words(self, family, seed, height_m):
        """The simulator's command line without --out; height_m(lon, lat) tells where fields may be."""
        sensor = SENSORS[self.sensor]
        words = [*sensor.words, "--family", family, "--seed", str(self.seed(seed))]
        words += ["--time", f"{SEASONS[self.season]}T{DAY if self.light == 'day' else NIGHT}", "--cloud", "0"]
        if self.zone in sensor.columns:
            words += ["--column", str(sensor.columns[self.zone])]
        if self.ground == "S14":
            # even ground as in Schroeder's granules: ALGORITHMS 10.4, "S14-like"
            words += ["--even", "300" if self.light == "day" else "285"]
            words += ["--rough", "2" if self.light == "day" else "1"]
        if self.mixed:
            words += ["--mixed"]
        return words + self.fire_words(family, seed, height_m)

    def seed(self, seed):
        """The land of each repeat is its own."""
        return 100 * seed + self.repeat

    def fire_words(self, family, seed, height_m):
        """One --fire for each temperature and repeat."""
        sensor = SENSORS[self.sensor]
        # a digest and not Python's hash, which changes from run to run
        digest = hashlib.sha256(f"skill {self.name} {family} {self.seed(seed)}".encode()).digest()
        draws = np.random.default_rng(int.from_bytes(digest[:8], "little"))
        places = lattice(sensor.spacing_km, draws, (lambda lon, lat: 0.0) if self.ground == "S14" else height_m)
        wanted = [kelvin for kelvin in self.kelvin for _ in range(self.fires)]
        if len(places) < len(wanted):
            raise SystemExit(f"{self.name}: {len(wanted)} fires, but room for {len(places)} at {sensor.spacing_km} km")
        middle, words = sensor.middle[self.light], []
        for kelvin, (lon, lat) in zip(wanted, places):
            area = math.exp(draws.uniform(math.log(middle / 8), math.log(middle * 10)))
            area *= planck(sensor.band_um, 1000) / planck(sensor.band_um, kelvin)
            words.append(f"--fire={lon:.5f},{lat:.5f},{kelvin},{area:.3f}")
        return words


def planck(um, kelvin):
    """Radiance of a black body, but for a factor."""
    return 1.0 / (math.exp(14387.77 / (um * kelvin)) - 1.0)


def lattice(spacing_km, draws, height_m):
    """Places in random order, so far apart, shifted by up to a quarter of that, where fields may be."""
    east, south, north = BOX[1], BOX[2], BOX[3]
    step_lat = spacing_km / 111.13
    step_lon = spacing_km / (111.32 * math.cos(math.radians((south + north) / 2)))
    places = []
    for lat in np.arange(south, north, step_lat):
        for lon in np.arange(BOX[0], east, step_lon):
            x, y = lon + draws.uniform(-0.25, 0.25) * step_lon, lat + draws.uniform(-0.25, 0.25) * step_lat
            if height_m(x, y) < HIGHEST_M:
                places.append((x, y))
    draws.shuffle(places)
    return [tuple(place) for place in places]


def bounded():
    """The worlds of `make skill`."""
    worlds = []
    lights = ["day", "night"]
    for light in lights:
        worlds += [World("viirs", light, "Oct", "nadir", "S14", r, tuple(S14_KELVIN), 60) for r in range(2)]
        worlds += [World("viirs", light, season, "nadir", fires=40) for season in SEASONS]
        worlds += [World("viirs", light, "Oct", zone, fires=40) for zone in ["30", "50"]]
        worlds += [World("viirs", light, "Oct", "nadir", mixed=True, kelvin=(1000,), fires=200)]
        worlds += [World("viirs-m", light, "Oct", "nadir", fires=25)]
        worlds += [World("modis", light, "Oct", "nadir", "S14", r, tuple(S14_KELVIN), 25) for r in range(2)]
        worlds += [World("modis", light, season, "nadir", fires=15) for season in SEASONS]
        worlds += [World("modis", light, "Oct", "50", fires=15)]
        worlds += [World("ahi", light, season, "-", repeat=r, fires=8) for season in SEASONS for r in range(2)]
    return worlds


def full():
    """The whole grid of ALGORITHMS 10.3: every season, angle and light, two hundred fires of each temperature."""
    worlds = bounded()
    for sensor in ["viirs", "viirs-m", "modis"]:
        fires = {"viirs": 40, "viirs-m": 25, "modis": 15}[sensor]
        for light in ["day", "night"]:
            for season in SEASONS:
                for zone in ["nadir", "30", "50"]:
                    scenes = -(-200 // fires)
                    worlds += [World(sensor, light, season, zone, repeat=r, fires=fires) for r in range(scenes)]
    worlds += [World("ahi", light, season, "-", repeat=r, fires=8) for light in ["day", "night"] for season in SEASONS
               for r in range(25)]
    return list(dict.fromkeys(worlds))
