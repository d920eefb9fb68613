// Where the phone is, when it may say so.
let latest = null;
let watching = 0;
let whenRefused = () => {};
const hearers = [];

function keep(position) {
  const { longitude, latitude, accuracy } = position.coords;
  const round = (x) => Math.round(x * 1e6) / 1e6;
  latest = { lon: round(longitude), lat: round(latitude), accuracy_m: Math.round(accuracy), at: Date.now() };
  hearers.forEach((hear) => hear(latest));
  return latest;
}

const withoutAge = ({ lon, lat, accuracy_m }) => ({ lon, lat, accuracy_m });

// The place at this moment, or null: without permission, without satellites, or too late.
export async function placeNow(most_ms) {
  if (!navigator.geolocation) return null;
  if (latest && Date.now() - latest.at < 5000) return withoutAge(latest);
  const resume = await pauseWatch();
  return new Promise((resolve) => {
    // The browser's own timeout does not run while the permission question is open.
    const timer = setTimeout(() => settle(null), most_ms + 1000);
    const settle = (place) => {
      clearTimeout(timer);
      resume();
      resolve(place);
    };
    navigator.geolocation.getCurrentPosition(
      (position) => settle(withoutAge(keep(position))),
      () => settle(null),
      { enableHighAccuracy: true, timeout: most_ms, maximumAge: 5000 },
    );
  });
}

// While a watch runs, Chromium answers a single question only with the next change of place: never, on a phone that lies still.
async function pauseWatch() {
  if (!watching) return () => {};
  navigator.geolocation.clearWatch(watching);
  watching = 0;
  await new Promise((resolve) => setTimeout(resolve, 50));
  return () => watchPlace(whenRefused);
}

export function watchPlace(onRefused) {
  whenRefused = onRefused;
  if (!navigator.geolocation) {
    onRefused();
    return;
  }
  if (watching) return;
  watching = navigator.geolocation.watchPosition(keep, (error) => {
    if (error.code !== error.PERMISSION_DENIED) return;
    navigator.geolocation.clearWatch(watching);
    watching = 0;
    onRefused();
  }, { enableHighAccuracy: true, maximumAge: 15000, timeout: 60000 });
}

// Without a question: only where the person has already said yes.
export async function mayWatch() {
  if (!navigator.permissions || !navigator.geolocation) return false;
  const answer = await navigator.permissions.query({ name: 'geolocation' }).catch(() => null);
  return Boolean(answer && answer.state === 'granted');
}

export const lastPlace = () => latest;
export const onPlace = (hear) => hearers.push(hear);
