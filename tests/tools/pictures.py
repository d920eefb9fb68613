#!/usr/bin/env python3
"""Makes the pictures of the guides anew, from a real server with simulated imagery of the last day.

    pictures.py BIN_DIR OUT_DIR [--keep DIR]

BIN_DIR holds strawfire and strawfire-sim. A site, a store, accounts, a roster and the imagery are made below a temporary
folder (--keep: there, and imagery that lies there already is taken again). All fires are simulated and every page says so
(模拟). Needs the packages of page_map.py and openpyxl, Pillow and a Chromium; takes some minutes.
"""
import argparse
import base64
import datetime
import hashlib
import hmac
import io
import json
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import openpyxl
import page_map
import page_task
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from playwright.sync_api import sync_playwright

PROJECT = pathlib.Path(__file__).resolve().parents[2]
UTC = datetime.timezone.utc
PASSWORD = "演示用口令-请勿照抄"
MOST_BYTES = 200_000
STEFAN_BOLTZMANN = 5.670374419e-8   # W m-2 K-4, CODATA 2018
SLOT = datetime.timedelta(minutes=10)
COLUMNS = ["岗位代码", "岗位名称", "县区代码", "乡镇代码", "姓名", "电话", "班次", "副岗", "网格"]
# Invented posts; persons and telephones are none.
POSTS = [("LD-01", "碾伯街道值班岗", "630202", "630202001000"), ("LD-02", "高店镇值班岗", "630202", "630202105000"),
         ("PA-01", "小峡街道值班岗", "630203", "630203002000"), ("PA-02", "古城乡值班岗", "630203", "630203202000"),
         ("MH-01", "官亭镇值班岗", "630222", "630222103000"), ("MH-02", "巴州镇值班岗", "630222", "630222104000"),
         ("HZ-01", "互助县秸秆禁烧值班岗", "630223", ""), ("HL-01", "化隆县秸秆禁烧值班岗", "630224", ""),
         ("XH-01", "循化县秸秆禁烧值班岗", "630225", "")]


class Failed(Exception):
    """What a person should read when a step did not hold."""


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode not in (0, 3):
        raise Failed(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


# ---------------------------------------------------------------- site and imagery


def make_site(sim, folder):
    """The pack of Haidong over the simulator's invented land, with a store and a page."""
    site = folder / "site"
    if site.exists():
        shutil.rmtree(site)
    shutil.copytree(PROJECT / "sites/haidong", site)
    run(sim, "dem", "--out", site / "dem.tif")
    make_cover(site / "dem.tif", site / "cover.tif")
    text = (site / "site.toml").read_text(encoding="utf-8")
    text = text.replace("dem_offset_m = -43.0", "dem_offset_m = 0.0").replace("dem_error_m = 190.0", "dem_error_m = 10.0")
    text = text.replace("[layers]\n", '[layers]\nlandcover = "cover.tif"\nlandcover_classes = "worldcover"\n', 1)
    # the pictures are made in any month
    text = re.sub(r"^burning = .*$", 'burning = ["01-01/12-31 演示"]', text, flags=re.M)
    text = re.sub(r"^customs = .*$", "customs = []", text, flags=re.M)
    text += f'\n[store]\nurl = "sqlite://{folder}/strawfire.db"\n[web]\nphotos = "{folder}/photos"\n'
    (site / "site.toml").write_text(text, encoding="utf-8")
    return site


def make_cover(dem, out):
    """Fields in the valleys, grass above, forest on the ranges: as invented as the land."""
    heights = Image.open(dem)
    place = {tag: heights.tag_v2[tag] for tag in (33550, 33922, 34735, 34736, 34737)}
    # a picture of floating numbers takes a scale and an offset; one of bytes is cut off at 0 and 255
    over = lambda metres: heights.convert("F").point(lambda height: height * 1.0 - metres).convert("L").point(lambda value: 255 * (value > 0))  # noqa: E731
    codes = Image.new("L", heights.size, 40)
    codes.paste(30, mask=over(2450.0))
    codes.paste(10, mask=over(3200.0))
    codes.save(out, tiffinfo=place, compression="tiff_adobe_deflate")


def imagery(sim, folder, now):
    """A day of Himawari slots until twenty minutes ago, and three overpasses that meet the same fires; folders in the order of time."""
    done = folder / "imagery.json"
    if done.exists():
        return [folder / name for name in json.loads(done.read_text())]
    for stale in (*folder.glob("ahi-*"), *folder.glob("viirs-*")):
        shutil.rmtree(stale)
    last = now - 2 * SLOT
    first_slot = (last.hour * 60 + last.minute) // 10
    days = [(last.date() - datetime.timedelta(days=1), f"{first_slot}:144"), (last.date(), f"0:{first_slot + 1}")]
    fires, folders = [], []
    for day, slots in days:
        out = folder / f"ahi-{day}"
        run(sim, "ahi-days", "--out", out, "--start", day, "--days", 1, "--slots", slots, "--fires-per-day", 40,
            "--powers", "30,60,120,200", "--cloud", 0.25, "--kiln", 0, "--no-park", "--seed", 1 + day.toordinal() % 50)
        fires += json.loads((out / "truth.json").read_text())["fires"]
        folders.append(out / f"{day:%Y%m%d}")
    # one overpass meets the longest strong fire of the last ten hours in its middle, so that both kinds of satellite saw it
    strong = [fire for fire in fires if fire["peak_mw"] >= 60 and now - moment(fire["start"]) < datetime.timedelta(hours=10) and moment(fire["end"]) < last]
    met = max(strong, key=lambda fire: moment(fire["end"]) - moment(fire["start"]))
    middle = moment(met["start"]) + (moment(met["end"]) - moment(met["start"])) / 2
    for satellite, at in (("j02", now - datetime.timedelta(hours=13)), ("npp", middle), ("j01", now - datetime.timedelta(minutes=47))):
        out = folder / f"viirs-{satellite}"
        burning = [argument for fire in fires if spans(fire, at) for argument in ("--fire", burning_at(fire))]
        small = ["--fire", "102.4021,36.4793,850,180", "--fire", "101.9704,36.5183,820,240", "--fire", "102.7893,36.2391,800,160"]
        run(sim, "viirs", "--out", out, "--time", f"{at:%Y-%m-%dT%H:%M:%SZ}", "--satellite", satellite, "--lines", 1088,
            "--cloud", 0.2, "--seed", 3, *burning, *small)
        folders.append(out)
    done.write_text(json.dumps([str(each.relative_to(folder)) for each in folders]))
    return folders


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def spans(fire, at):
    return moment(fire["start"]) <= at <= moment(fire["end"])


def burning_at(fire):
    area = fire["peak_mw"] * 1e6 / (STEFAN_BOLTZMANN * fire["temperature_k"] ** 4)
    return f"{fire['lon']},{fire['lat']},{fire['temperature_k']},{area:.1f}"


# ---------------------------------------------------------------- accounts, roster, server


def add_account(program, site, name, display, role):
    said = run(program, "user", "add", "--site", site, name, "--role", role, "--display", display, "--password-stdin", input=PASSWORD + "\n")
    found = re.search(r"secret=([A-Z2-7]+)", said)
    return found.group(1) if found else None


def code_of(secret):
    """The changing code of now (RFC 6238); each is taken once, so that the next account's is another's."""
    if not secret:
        return None
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def roster():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(COLUMNS)
    for number, (code, name, county, township) in enumerate(POSTS):
        for person, (shift, deputy) in enumerate((("08:00-20:00", ""), ("20:00-08:00", ""), ("", "是"))):
            sheet.append([code, name, county, township, f"演示人员{3 * number + person + 1}", f"000-{3 * number + person + 1:04d}", shift, deputy, ""])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def serve(program, site):
    server = subprocess.Popen([str(program), "serve", "--site", str(site), "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    line = server.stdout.readline()
    found = re.search(r"http://\S+", line)
    if not found:
        raise Failed(f"the server did not start: {line}")
    return server, found.group(0)


# ---------------------------------------------------------------- the browser


class Desk:
    """Somebody who is signed in, through the page and through requests."""

    def __init__(self, browser, base, name, secret, **look):
        self.base = base
        self.page = page_map.new_page(browser, **look)
        page_map.sign_in(self.page, base, name, PASSWORD, code_of(secret))
        page_map.wait_for_list(self.page)
        self.csrf = self.page.request.get(f"{base}/me").json()["csrf"]

    def state(self):
        return self.page.context.storage_state()

    def send(self, path, body, kind="application/json"):
        data = json.dumps(body) if kind == "application/json" else body
        answer = self.page.request.post(self.base + path, data=data, headers={"Content-Type": kind, "X-CSRF-Token": self.csrf})
        if not answer.ok:
            raise Failed(f"{path}: {answer.status} {answer.text()}")
        return answer.json() if answer.text() else None

    def events(self):
        return self.page.request.get(f"{self.base}/collections/events/items?limit=1000").json()["features"]


def shoot(target, path, **options):
    """A picture with a palette, small enough to be kept."""
    target.screenshot(path=str(path), **options)
    image = Image.open(path).convert("RGB")
    for count in (256, 128, 64):
        image.quantize(colors=count, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size < MOST_BYTES:
            return
    raise Failed(f"{path}: {path.stat().st_size} bytes with 64 colours")


def quiet(page, milliseconds=600):
    """Nothing moves and no message lies over the page."""
    page.wait_for_function("() => !document.querySelector('.toast')", timeout=15_000)
    page.wait_for_timeout(milliseconds)


def font(size):
    found = subprocess.run(["fc-match", "-f", "%{file}", "sans-serif:lang=zh-cn"], capture_output=True, text=True).stdout
    return ImageFont.truetype(found, size) if found else ImageFont.load_default(size)


def make_photo(path):
    """A drawn field with a burnt patch, and the words that it is drawn."""
    width, height = 2000, 1500
    picture = Image.linear_gradient("L").rotate(180).resize((width, height))
    picture = Image.merge("RGB", (picture.point(lambda v: 150 + v // 3), picture.point(lambda v: 175 + v // 4), picture.point(lambda v: 200 + v // 6)))
    draw = ImageDraw.Draw(picture)
    draw.polygon([(0, 620), (330, 430), (760, 600), (1180, 380), (1620, 560), (2000, 450), (2000, 800), (0, 800)], fill=(120, 118, 104))
    draw.rectangle([0, 760, width, height], fill=(196, 170, 108))
    for row in range(790, height, 26):
        draw.line([(0, row), (width, row + 18)], fill=(168, 142, 86), width=6)
    burnt = Image.new("L", (width, height), 0)
    ImageDraw.Draw(burnt).polygon([(520, 1010), (900, 930), (1450, 980), (1560, 1160), (1180, 1290), (640, 1220)], fill=235)
    picture.paste((52, 46, 42), mask=burnt.filter(ImageFilter.GaussianBlur(22)))
    smoke = Image.new("L", (width, height), 0)
    for step in range(9):
        ImageDraw.Draw(smoke).ellipse([940 + 34 * step - 60, 940 - 80 * step - 60, 1040 + 40 * step + 60, 1010 - 76 * step + 60], fill=92 - 8 * step)
    picture.paste((226, 226, 224), mask=smoke.filter(ImageFilter.GaussianBlur(34)))
    draw.text((70, 60), "模拟照片", font=font(130), fill=(60, 40, 90))
    picture.save(path, quality=85)
    return path


# ---------------------------------------------------------------- what is done and seen


def post_for(event):
    return next(code for code, _, county, _ in POSTS if county == event["properties"]["adcode"])


def life(desk, reviewer):
    """Cases in every state; gives the events by what they are for. Phones act by their links."""
    def error_km(event):
        return (event["properties"]["position_error_m"] or 0) / 1000

    def worth(event):
        """A curve to be seen and an ellipse to be seen; then whatever more is known."""
        curve = len(event.get("frp_curve") or [])
        return (error_km(event) > 0.3 and len(event.get("candidates") or []) > 0) * min(curve, 6) + event["properties"]["detections"] / 100

    def seat_km(event):
        return float(re.search(r"约 ([\d.]+) km", event["candidates"][0]).group(1))

    events = sorted(desk.events(), key=worth, reverse=True)
    if len(events) < 10:
        raise Failed(f"only {len(events)} events: run it again, or with other fires")
    shown, others = events[0], events[1:]
    near = [each for each in others if each.get("candidates") and error_km(each) > 0.3]
    phone = min(near, key=seat_km) if near else others[0]
    others = [each for each in others if each is not phone]

    def act(event, action, body, who=desk):
        return who.send(f"/events/{event['properties']['id']}/{action}", body)

    def dispatched(event, *steps):
        act(event, "triage", {"outcome": "confirm", "note": "连续两次观测到"})
        act(event, "dispatch", {"post": post_for(event), "note": "请核查，注意安全"})
        for action, body in steps:
            act(event, action, body)

    report = {"finding": "out_with_traces", "cause": "waste_grass", "note": "地埂荒草，已熄灭", "photos": []}
    dispatched(others[0])
    dispatched(others[1], ("acknowledge", {}))
    dispatched(others[2], ("acknowledge", {}), ("arrive", {}))
    dispatched(others[3], ("acknowledge", {}), ("arrive", {}), ("report", report))
    act(others[4], "triage", {"outcome": "confirm", "note": ""})
    act(others[5], "triage", {"outcome": "exclude", "cause": "industry", "note": "厂区内固定热源"})
    dispatched(others[6], ("acknowledge", {}), ("arrive", {}), ("report", {**report, "finding": "no_trace", "cause": None}))
    act(others[6], "review", {"approve": True, "note": ""}, reviewer)
    act(others[6], "close", {"note": ""}, reviewer)
    dispatched(others[7])
    act(others[7], "return", {"reason": "not_our_area", "note": "位于邻县一侧"})
    return shown, phone


def desk_pictures(browser, desk, shown, out):
    """The desk judges and dispatches one event; map, panel and link."""
    page, event_id = desk.page, shown["properties"]["id"]
    page.goto(f"{desk.base}/?period=24")
    page_map.wait_for_list(page)
    quiet(page, 1500)
    shoot(page, out / "map.png")
    for box in ("#legend", "#observed-box"):
        page.locator(f"{box} summary").click()
    quiet(page)
    shoot(page.locator(".map-area"), out / "legend.png")
    for box in ("#legend", "#observed-box"):
        page.locator(f"{box} summary").click()
    page_map.open_event(page, event_id)
    page_map.act(page, "triage", lambda dialog: dialog.locator("textarea").fill("附近无已登记的固定热源，多次观测到"))
    page.locator('#panel [data-action="dispatch"]').click()
    page.locator("#dialog .post input").first.wait_for()
    post = post_for(shown)
    page.locator(f'#dialog .post input[value="{post}"]').check()
    page.locator("#dialog textarea").fill("请核查火点周边地块，注意安全")
    page.locator("#dialog textarea").blur()
    quiet(page)
    shoot(page.locator("#dialog"), out / "dispatch.png")
    page.locator("#dialog button[type=submit]").click()
    page.wait_for_selector("#task-link")
    quiet(page)
    shoot(page.locator("#dialog"), out / "link.png")
    page_map.close_dialog(page)
    page.locator("#panel").get_by_role("button", name="放大").click()
    quiet(page, 1200)
    shoot(page, out / "event.png")
    page.set_viewport_size({"width": 1440, "height": 70 + page.evaluate("document.getElementById('panel').scrollHeight")})
    quiet(page)
    shoot(page.locator("#panel"), out / "event-panel.png")
    page.set_viewport_size({"width": 1440, "height": 900})
    dark = page_map.new_page(browser, scheme="dark", state=desk.state())
    dark.goto(f"{desk.base}/?period=24#event={event_id}")
    dark.wait_for_selector("#panel .steps")
    page_map.wait_for_list(dark)
    quiet(dark, 1500)
    shoot(dark, out / "map-dark.png")
    dark.context.close()


def wall_picture(browser, base, name, secret, out):
    page = page_map.new_page(browser, width=1920, height=1080)
    page_map.sign_in(page, base, name, PASSWORD, code_of(secret))
    page.goto(f"{base}/wall")
    page.wait_for_selector("#cases .case")
    page.wait_for_timeout(30_000)       # the pages of the list are turned every twelve seconds
    shoot(page, out / "wall.png")
    page.context.close()


def phone_pictures(browser, desk, event, out, folder):
    """One task from the link to the approved report, in and out of the network."""
    desk.send(f"/events/{event['properties']['id']}/triage", {"outcome": "confirm", "note": ""})
    answer = desk.send(f"/events/{event['properties']['id']}/dispatch", {"post": post_for(event), "note": "请核查火点周边地块，注意安全"})
    lon, lat = event["geometry"]["coordinates"]
    context = page_task.phone(browser)
    context.set_geolocation({"longitude": lon - 0.011, "latitude": lat - 0.006, "accuracy": 14})
    page = context.new_page()
    page.goto(answer["link"])
    page.locator("#do-acknowledge:enabled").wait_for()
    page.wait_for_function("navigator.serviceWorker && navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller)")
    page.wait_for_timeout(500)
    shoot(page, out / "phone-new.png")
    page_task.tap(page, "#do-acknowledge")
    page_task.wait_for_state(page, "acknowledge", "done")
    page.locator("#do-arrive:enabled").wait_for()
    page.evaluate("document.getElementById('where').scrollIntoView()")
    page.wait_for_timeout(700)
    shoot(page, out / "phone-where.png")
    page_task.tap(page, "#do-return")
    page.locator("#return-note").wait_for()
    page.locator('.sheet input[value="not_our_area"]').check(force=True)
    page.fill("#return-note", "火点在河对岸，不属本村")
    page.wait_for_timeout(400)
    shoot(page, out / "phone-return.png")
    page.go_back()
    page.evaluate("window.scrollTo(0, 0)")
    page.locator("#do-arrive:enabled").wait_for()
    page_task.tap(page, "#do-arrive")
    page_task.wait_for_state(page, "arrive", "done")
    context.set_offline(True)
    page_task.fill_report(page, make_photo(folder / "field.jpg"))
    page.locator("#report-note").blur()
    page.evaluate("document.querySelector('.sheet-body').scrollTop = 0")
    page.wait_for_timeout(500)
    shoot(page, out / "phone-form.png")
    page.evaluate("document.querySelector('.photo-field').scrollIntoView()")
    page.wait_for_timeout(500)
    shoot(page, out / "phone-photo.png")
    page_task.tap(page, "#submit-report")
    page_task.wait_for_state(page, "report", "waiting")
    page.evaluate("document.getElementById('sending').scrollIntoView()")
    page.wait_for_timeout(700)
    shoot(page, out / "phone-offline.png")
    context.set_offline(False)
    page_task.wait_for_state(page, "report", "done")
    page.locator('#sending [data-photo][data-complete="true"]').wait_for(timeout=120_000)
    page.evaluate("document.getElementById('sending').scrollIntoView()")
    page.wait_for_timeout(700)
    shoot(page, out / "phone-sent.png")
    context.close()
    return event["properties"]["id"]


def review_picture(reviewer, event_id, out):
    page = reviewer.page
    page.goto(f"{reviewer.base}/#event={event_id}")
    page.wait_for_selector("#panel .steps")
    page.locator("#panel .photos img").first.wait_for()
    page.locator('#panel [data-action="review"]').click()
    page.locator("#dialog[open]").wait_for()
    quiet(page)
    shoot(page, out / "review.png")
    page.keyboard.press("Escape")


def login_picture(browser, base, out):
    page = page_map.new_page(browser, width=900, height=640)
    page.goto(f"{base}/login")
    page.fill("#name", "zhiban")
    page.wait_for_timeout(400)
    shoot(page, out / "login.png")
    page.context.close()


def make(arguments, folder):
    binaries, out = pathlib.Path(arguments.bin_dir), pathlib.Path(arguments.out_dir)
    program, sim = binaries / "strawfire", binaries / "strawfire-sim"
    out.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(UTC).replace(second=0, microsecond=0)
    for stale in ("strawfire.db", "strawfire.db-wal", "strawfire.db-shm"):
        (folder / stale).unlink(missing_ok=True)
    shutil.rmtree(folder / "photos", ignore_errors=True)
    site = make_site(sim, folder)
    folders = imagery(sim, folder, now)
    run(program, "scan", "--site", site, "--out", folder / "out", *folders)
    names = (("zhiban", "值班员（演示）", "city"), ("fuhe", "复核员（演示）", "city"), ("daping", "大屏", "viewer"))
    secrets = {name: add_account(program, site, name, display, role) for name, display, role in names}
    server, base = serve(program, site)
    try:
        with sync_playwright() as playwright:
            browser = page_map.launch(playwright)
            login_picture(browser, base, out)
            desk = Desk(browser, base, "zhiban", secrets["zhiban"])
            reviewer = Desk(browser, base, "fuhe", secrets["fuhe"])
            desk.send("/roster", roster(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            shown, phone = life(desk, reviewer)
            desk_pictures(browser, desk, shown, out)
            reported = phone_pictures(browser, desk, phone, out, folder)
            review_picture(reviewer, reported, out)
            wall_picture(browser, base, "daping", secrets["daping"], out)
            browser.close()
    finally:
        server.terminate()
        server.wait(timeout=20)
    for path in sorted(out.glob("*.png")):
        print(f"{path.name} {path.stat().st_size // 1024} kB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin_dir")
    parser.add_argument("out_dir")
    parser.add_argument("--keep", help="work here and keep it")
    arguments = parser.parse_args()
    try:
        if arguments.keep:
            folder = pathlib.Path(arguments.keep).resolve()
            folder.mkdir(parents=True, exist_ok=True)
            make(arguments, folder)
        else:
            with tempfile.TemporaryDirectory() as folder:
                make(arguments, pathlib.Path(folder).resolve())
    except Exception as failure:  # noqa: BLE001  a script: whatever went wrong is one message and exit 1
        print(f"pictures: {failure}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
