# What people type. `make demo` and `make test` install what is missing on Debian 12 (needs cargo, cc and make).

PYTHON := .venv/bin/python
SITE   := sites/haidong
BUILT  := $(or $(CARGO_TARGET_DIR),target)/release

.PHONY: setup demo test lint bench bench-cameras bench-delivery bench-web latency latency-station pictures soak torture skill skill-full real skill-studies skill-series skill-week skill-field skill-camera season season-scaling season-slurm mutants deb bless clean

setup:
	@tools/setup.sh

# a simulated slot and overpass over Haidong, scanned as delivered ones would be
demo: setup
	cargo build --release --bins
	rm -rf out/demo
	$(BUILT)/strawfire-sim ahi --out out/demo/slot --time 2025-10-20T05:30:00Z --cloud 0.15
	$(BUILT)/strawfire-sim viirs --out out/demo/overpass --time 2025-10-20T05:42:00Z --lines 1088 --cloud 0.15
	$(BUILT)/strawfire scan --site $(SITE) --out out/demo out/demo/slot out/demo/overpass

# python3-venv comes with setup
.venv/ready: tools/requirements.txt | setup
	python3 -m venv .venv
	$(PYTHON) -m pip install -q -r tools/requirements.txt
	@touch $@

# all tests but skill and bench; a test says "skipped: why" when its data or program is absent
test: setup .venv/ready
	@if cargo nextest --version >/dev/null 2>&1; then \
	    STRAWFIRE_PYTHON=$(CURDIR)/$(PYTHON) cargo nextest run --success-output immediate --no-fail-fast; \
	else \
	    STRAWFIRE_PYTHON=$(CURDIR)/$(PYTHON) cargo test --lib --bins --test it --no-fail-fast -- --nocapture; \
	fi

lint: setup
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings

# criterion benches, then whole processes beside other programs
bench: setup
	cargo bench --bench county_join --bench fuse --bench scan --bench swath_detect
	benches/peers/bunzip2.sh
	benches/peers/field.sh

# what a picture of a camera costs step by step, 160 sequences grouped and solved, and fifty cameras with the memory that they take
bench-cameras: setup
	cargo bench --bench frames --bench triangulate
	@cargo test --release --test it camera_load -- --ignored --nocapture --test-threads=1

# ten thousand waiting notices to a receiver on this machine, with both databases: events a second
bench-delivery: setup
	@cargo test --release --test it delivery_drain -- --ignored --nocapture --test-threads=1

# two hundred clients that poll, five hundred that listen and twenty exports at once over a hundred thousand events: four minutes a database
bench-web: setup
	@cargo test --release --test it web::load -- --ignored --nocapture --test-threads=1

# seconds from the start of scan to the receiver's 200, with both databases
SLOTS ?= 20
latency: setup
	cargo build --release --bins
	@PYTHON=python3 BIN=$(BUILT) tools/latency.sh $(SLOTS) out/latency

# the station, three simulated days at a hundred times the speed: files late, twice, in pieces, broken or not at all, the process killed, the disk
# full for a while. Fifty minutes; SOAK_DAYS and SOAK_SPEED make it shorter, SOAK_KILLS=0 shows the memory of one life
soak: setup
	@cargo test --test it station::soak::days -- --ignored --nocapture --test-threads=1

# seconds from the close of the last file of a slot in the inbox to the receiver's 200, with both databases: eight minutes
latency-station: setup
	@cargo test --test it station::soak::from_the_close -- --ignored --nocapture --test-threads=1

# makes the pictures of the Chinese guides anew from a real server with simulated imagery: four minutes
pictures: setup .venv/ready
	cargo build --release --bins
	$(PYTHON) tests/tools/pictures.py $(BUILT) docs/pictures

# three hundred kills of scan, deliver, backup and retain on each database; `make test` does six
KILLS ?= 300
torture: setup
	@STRAWFIRE_KILLS=$(KILLS) cargo test --test it kill:: -- --nocapture --test-threads=1

# fires and clear frames of towers that the model was not trained on, with and without the vote over time; ten minutes
skill-camera: setup .venv/ready
	cargo build --release --bins
	@$(PYTHON) tests/tools/camera_skill.py $(BUILT)/strawfire

# how small a fire is found, by every sensor, in simulated scenes of their own; writes docs/skill.md and docs/skill/. Half an hour on two
# idle cores and 3 GB in out/skill; PARTS=grid, series, field, traps or classes makes one part anew. skill-full is the whole grid: many hours.
# FAMILY=sealed is for the one run of a release
FAMILY ?= calibration
SEED ?= 1
PARTS ?=
skill: SCALE =
skill-full: SCALE = --full
skill skill-full: setup .venv/ready
	cargo build --release --bins
	$(PYTHON) tests/tools/skill/run.py --bin $(BUILT) --out out/$@/$(FAMILY)-$(SEED) --family $(FAMILY) --seed $(SEED) $(SCALE) $(PARTS)

# what real data say, in one place (skipped where it is not at hand): the Kincade fire beside NOAA's product, MOD14 and VJ114, a day of FIRMS,
# the Landsat patch, scenes without fire, places over the real relief
real: setup .venv/ready
	@STRAWFIRE_FAMILY=$(FAMILY) STRAWFIRE_PYTHON=$(CURDIR)/$(PYTHON) cargo test --test it -- --include-ignored --nocapture --test-threads=1 \
	    kincade swath_products swath_sizes the_real_viirs_list import field::masks field::real_scenes field::fires_of_the_patch map_formats real_relief

# the tables of docs/skill-studies.md that docs/skill.md does not have
skill-studies: setup .venv/ready
	@STRAWFIRE_PYTHON=$(CURDIR)/$(PYTHON) cargo test --test it -- levelled --ignored --nocapture --test-threads=1
	@STRAWFIRE_PYTHON=$(CURDIR)/$(PYTHON) cargo test --test it swath_skill -- --ignored --nocapture | sed -n '/^|/p'

# makes, scans and scores one series of simulated days, with and without the time baseline: nine minutes on two idle
# cores, some 250 MB in out/series
START ?= 2025-10-10
DAYS ?= 12
skill-series: setup .venv/ready
	cargo build --release --bins
	@PYTHON=$(CURDIR)/$(PYTHON) BIN=$(BUILT) tools/series.sh $(FAMILY) $(SEED) $(START) $(DAYS) out/series/$(FAMILY)-$(SEED)-$(START)

# makes, scans and scores one simulated week with rule after rule of screening, in out/week
skill-week: START := $(if $(filter file,$(origin START)),2025-04-01,$(START))
skill-week: setup .venv/ready
	cargo build --release --bins
	@PYTHON=$(CURDIR)/$(PYTHON) BIN=$(BUILT) tools/week.sh $(FAMILY) $(SEED) $(START) out/week/$(FAMILY)-$(SEED)-$(START)

# makes, scans and scores simulated scenes of Landsat and Sentinel-2: how large a fire must be to be found, in out/field
skill-field: setup .venv/ready
	cargo build --release --bins
	@PYTHON=$(CURDIR)/$(PYTHON) BIN=$(BUILT) tools/field_sizes.sh $(FAMILY) $(SEED) out/field/$(FAMILY)-$(SEED)

# a simulated season, killed once and gone on with: an hour on two idle cores and 3 GB in out/season
season: START := $(if $(filter file,$(origin START)),2025-09-20,$(START))
season: DAYS := $(if $(filter file,$(origin DAYS)),61,$(DAYS))
season: setup
	cargo build --release --bins
	@BIN=$(BUILT) tools/season.sh $(DAYS) $(START) out/season

# three days of it on one core and on two, beside bunzip2 of the same files: five minutes
season-scaling: START := $(if $(filter file,$(origin START)),2025-10-20,$(START))
season-scaling: DAYS := $(if $(filter file,$(origin DAYS)),3,$(DAYS))
season-scaling: setup
	cargo build --release --bins
	@BIN=$(BUILT) tools/season_scaling.sh $(DAYS) $(START) out/season-scaling

# the three days on a Slurm cluster of this machine, a node and a task killed, compared with the run without: ten minutes
season-slurm: setup
	@cargo test --test it season::slurm::three_whole_days -- --ignored --nocapture --test-threads=1

# moves every threshold of the swath detectors, turns round every comparison, and counts what no test notices; moves those of the
# geostationary detectors, of the time baseline and of the field searches, and counts what changes no result
mutants: setup
	cargo test --lib mutants -- --ignored --nocapture
	cargo test --test it metamorphic::moved -- --ignored --nocapture --test-threads=1
	tools/mutate_inequalities.py

# a package for Debian 12 in target/debian; docs/operate.md says what it does
deb: setup
	cargo build --release --bin strawfire
	@BIN=$(BUILT)/strawfire deploy/deb.sh

# writes again what is made from the code
bless: setup
	cargo run -q --bin strawfire -- thresholds > docs/THRESHOLDS.md
	python3 tools/licences.py > docs/LICENCES.md
	python3 tools/bundle.py
	python3 tests/tools/page_task.py --stamp

clean:
	rm -rf out target .venv
