"""Plays an officer on the phone page of one task, in a browser, against a running server.

page_task.py BASE_URL TASK_LINK OUT_DIR     needs playwright, axe-playwright-python and a Chromium ($CHROMIUM, else /usr/bin/chromium)
page_task.py --stamp                        writes the version of the cached files into src/web/assets/sw.js

TASK_LINK is what the dispatch gave, or its token, of a case that waits to be acknowledged. Opens it on 360 x 740, acknowledges,
loses the network, arrives and reports with a photo, reloads without network, comes back, and waits until all has arrived, the
original too. Prints one line of JSON; any failure is a message and exit code 1.
"""

import hashlib
import json
import os
import pathlib
import re
import struct
import sys
import time
import urllib.request
import zlib

ASSETS = pathlib.Path(__file__).resolve().parents[2] / "src/web/assets"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
PLACE = {"longitude": 102.03, "latitude": 36.53, "accuracy": 14}
NOTE = "河滩北侧麦茬地，过火约两亩"
LEAST_TARGET, LEAST_STEP = 24, 48
SERIOUS = ("serious", "critical")


class Failed(Exception):
    pass


def check(holds, message):
    if not holds:
        raise Failed(message)


def cached_paths(worker):
    """The page, its files, and the worker's own imports, as sw.js lists them."""
    listed = re.search(r"const FILES = \[(.*?)\];", worker, re.S).group(1)
    return ["/task" if part == "PAGE" else part.strip("'") for part in re.findall(r"PAGE|'[^']+'", listed)]


def version_of(worker, read):
    """A hash over all that the phone caches and the worker's own text but for its version."""
    total = hashlib.sha256(re.sub(r"const VERSION = '[^']*'", "", worker).encode())
    for path in cached_paths(worker):
        total.update(path.encode() + b"\0" + read(path) + b"\0")
    return total.hexdigest()[:12]


def stamp():
    file = ASSETS / "sw.js"
    worker = file.read_text(encoding="utf-8")
    version = version_of(worker, lambda path: (ASSETS / ("task.html" if path == "/task" else path.rsplit("/", 1)[1])).read_bytes())
    file.write_text(re.sub(r"const VERSION = '[^']*'", f"const VERSION = '{version}'", worker), encoding="utf-8")
    print(version)


def check_version(base):
    """A phone that has the page gets a new one only when sw.js differs: a forgotten stamp would leave old pages out there."""
    def get(path):
        with urllib.request.urlopen(base + path) as answer:
            return answer.read()
    worker = get("/task/sw.js").decode()
    said, is_now = re.search(r"const VERSION = '([^']*)'", worker).group(1), version_of(worker, get)
    check(said == is_now, f"sw.js says version {said}, its files are {is_now}: run page_task.py --stamp")
    return said


def make_photo(folder):
    """A picture of 3000 x 2000: a JPEG where Pillow is, else a PNG."""
    try:
        from PIL import Image
        file = folder / "field.jpg"
        grain, slope = Image.effect_noise((3000, 2000), 60), Image.linear_gradient("L").resize((3000, 2000))
        Image.merge("RGB", (slope, grain, grain)).save(file, quality=85)
    except ImportError:
        file = folder / "field.png"

        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        rows = b"".join(b"\0" + bytes((y // 8, 90, 160)) + os.urandom(3 * 400) + bytes(3 * 2599) for y in range(2000))
        file.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 3000, 2000, 8, 2, 0, 0, 0))
                         + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    return file


def phone(browser, dark=False, height=740):
    context = browser.new_context(viewport={"width": 360, "height": height}, device_scale_factor=2, is_mobile=True, has_touch=True,
                                  locale="zh-CN", color_scheme="dark" if dark else "light", geolocation=PLACE, permissions=["geolocation"])
    context.set_default_timeout(15000)
    return context


def accessible(page, state):
    """No serious finding of axe, and no small target among what can be pressed. Returns the smallest target's side."""
    from axe_playwright_python.sync_playwright import Axe
    found = [v for v in Axe().run(page).response["violations"] if v["impact"] in SERIOUS]
    check(not found, f"axe, {state}: " + "; ".join(f"{v['id']} {v['nodes'][0]['html'][:120]}" for v in found))
    targets = page.evaluate("""() => {
        const sheet = document.querySelector('dialog[open]');
        return [...(sheet || document).querySelectorAll('a[href], button, input, textarea, select, [role=button]')]
            .map((node) => [node.id || node.textContent || node.value, node.getBoundingClientRect()])
            .filter(([, box]) => box.width && box.height).map(([name, box]) => [name, Math.min(box.width, box.height)]);
    }""")
    for name, side in targets:
        least = LEAST_STEP if name.startswith("do-") else LEAST_TARGET
        check(side >= least, f"{state}: {name!r} is {side:.0f} px, less than {least}")
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    check(overflow <= 0, f"{state}: the page is {overflow} px wider than the phone")
    return min((side for _, side in targets), default=None)


def tap(page, selector):
    """As a thumb does. Playwright's click scrolls the page under a bar that sticks to its foot."""
    box = None
    while box is None:  # the page may draw the button anew between the two questions
        page.locator(f"{selector}:enabled").wait_for()
        box = page.locator(selector).bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def state_of(page, action):
    row = page.locator(f'#sending li[data-action="{action}"]').last
    return (row.get_attribute("data-state"), row.inner_text()) if row.count() else (None, "")


def wait_for_state(page, action, state, seconds=60):
    page.locator(f'#sending li[data-action="{action}"][data-state="{state}"]').last.wait_for(timeout=1000 * seconds)
    return state_of(page, action)[1]


def fill_report(page, photo):
    tap(page, "#do-report")
    page.locator('.sheet input[value="out_with_traces"]').check(force=True)
    page.locator('.sheet input[value="straw"]').check(force=True)
    page.fill("#report-note", NOTE)
    page.set_input_files("#take-far", str(photo))
    page.locator(".photos img").wait_for()
    page.get_by_text("定位误差 14 米").wait_for()
    page.get_by_text("草稿已存在手机上").wait_for()


def play(base, link, out):
    from playwright.sync_api import sync_playwright
    token = link.rsplit("#", 1)[-1]
    photo = make_photo(out)
    seen = {"version": check_version(base), "photo_bytes": photo.stat().st_size, "smallest_target": {}, "seconds": {}}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS)
        context = phone(browser)
        page = context.new_page()
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if "Content Security Policy" in m.text else None)

        def look(state):
            page.screenshot(path=str(out / f"task-{state}.png"))
            seen["smallest_target"][state] = accessible(page, state)

        started = time.monotonic()
        page.goto(f"{base}/task#{token}")
        page.locator("#do-acknowledge:enabled").wait_for()
        seen["seconds"]["open"] = round(time.monotonic() - started, 2)
        page.wait_for_function("navigator.serviceWorker && navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller)")
        seen["headline"] = page.locator("#head").inner_text().split("\n")
        check("疑似火点" in seen["headline"], "the headline does not say 疑似火点")
        look("1-new")
        tap(page, "#do-acknowledge")
        seen["acknowledge"] = wait_for_state(page, "acknowledge", "done")
        page.locator("#do-arrive:enabled").wait_for()
        look("2-acknowledged")

        context.set_offline(True)
        tap(page, "#do-arrive")
        check("已存在手机上" in wait_for_state(page, "arrive", "waiting"), "the arrival does not say that it is on the phone")
        fill_report(page, photo)
        look("3-form")
        tap(page, "#submit-report")
        seen["offline"] = wait_for_state(page, "report", "waiting")
        check("已存在手机上，等待发送" in page.locator("#sending").inner_text(), "the report does not say that it is on the phone")
        check("已送达" not in seen["offline"], "says 已送达 without network")
        look("4-offline")

        page.reload()
        for action in ("arrive", "report"):
            check("已存在手机上" in wait_for_state(page, action, "waiting"), f"{action} is gone after reloading without network")
        page.locator("#sending [data-photo] img").wait_for()
        look("5-offline-reloaded")

        started = time.monotonic()
        context.set_offline(False)
        seen["report"] = wait_for_state(page, "report", "done")
        check(re.search(r"已送达 \d\d:\d\d", seen["report"]), "the report's row does not say 已送达")
        seen["seconds"]["report"] = round(time.monotonic() - started, 2)
        page.locator('#sending [data-photo][data-complete="true"]').wait_for(timeout=120000)
        seen["seconds"]["original"] = round(time.monotonic() - started, 2)
        seen["photo"] = page.locator("#sending [data-photo]").inner_text()
        seen["original_kept"] = page.evaluate("TaskDb.all('photos').then((all) => all.some((photo) => photo.original))")
        check(not seen["original_kept"], "the original is still on the phone although the server has it")
        look("6-sent")
        page.emulate_media(color_scheme="dark")
        look("7-sent-dark")
        page.goto("about:blank")
        page.goto(f"{base}/task")
        page.locator("#sending").wait_for()
        check(not errors, "errors in the page: " + "; ".join(errors))
        browser.close()
    return seen


def main():
    if sys.argv[1:] == ["--stamp"]:
        return stamp()
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    out = pathlib.Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    try:
        print(json.dumps(play(sys.argv[1].rstrip("/"), sys.argv[2], out), ensure_ascii=False))
    except Exception as error:  # whatever went wrong, the caller wants a message and a code
        sys.exit(f"page_task: {error}")


if __name__ == "__main__":
    main()
