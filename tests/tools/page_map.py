#!/usr/bin/env python3
"""Drives the desk's page in a real browser: signs in, sees a new event arrive alive, triages and dispatches it, looks at it.

    page_map.py BASE_URL NAME PASSWORD CODE_OR_DASH OUT_DIR [--expect-id ID] [--when-ready COMMAND]

The harness puts the event into the store while the page is open: either it waits for the line READY on standard error, or
gives the command with --when-ready (its last line of output is the id where --expect-id is absent). On standard output
comes one line of JSON: the id, the one-task link, bytes of the first load, what axe found. Exit 1 with a message on failure.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

BROWSER_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync"]
FIRST_LOAD_LIMIT = 400_000      # bytes on the wire: a county desk on a slow line
SMALLEST_TARGET = 24            # CSS pixels, WCAG 2.2 success criterion 2.5.8
SERIOUS = ("serious", "critical")


class Failure(Exception):
    """What a person should read when a step did not hold."""


def launch(playwright):
    return playwright.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_ARGS)


def new_page(browser, *, width=1440, height=900, scheme="light", state=None, complaints=None):
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, locale="zh-CN", storage_state=state)
    page = context.new_page()
    if complaints is not None:
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.on("console", lambda line: complaints.append(f"console: {line.text}") if "Content Security Policy" in line.text else None)
    return page


def sign_in(page, base, name, password, code=None):
    """Through the login page, asking for the map."""
    page.goto(f"{base}/login?next=%2F")
    page.fill("#name", name)
    page.fill("#password", password)
    if code:
        page.fill("#code", code)
    page.click("#submit")
    page.wait_for_selector("#trouble:not([hidden]), body.desk")
    if page.locator("#trouble:not([hidden])").count():
        raise Failure(f"login refused: {page.inner_text('#trouble')}")


def wait_for_list(page):
    page.wait_for_selector(".row, #empty:not([hidden])")
    expect(page.locator("#link-state[data-state=up]")).to_be_visible(timeout=15_000)


def measure_first_load(page, base):
    """Bytes on the wire of the map with an empty cache, headers included, the endless live stream left out."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes = []
    session.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
    page.goto(f"{base}/")
    wait_for_list(page)
    page.wait_for_timeout(1_500)
    session.detach()
    return int(sum(sizes))


def wait_for_event(page, event_id, timeout=60_000):
    """The row comes by the live stream: nothing is reloaded here."""
    page.wait_for_selector(f'.row[data-id="{event_id}"]', timeout=timeout)
    expect(page.locator("#said")).not_to_be_empty()


def open_event(page, event_id):
    page.locator(f'.row[data-id="{event_id}"]').click()
    page.wait_for_selector(f'#panel[data-id="{event_id}"] .steps', timeout=15_000)


def act(page, action, fill=None):
    """Opens an action's dialog, fills it and sends it; a problem in the dialog is a failure."""
    page.locator(f'#panel [data-action="{action}"]').click()
    dialog = page.locator("#dialog[open]")
    if fill:
        fill(dialog)
    dialog.locator("button[type=submit]").click()
    page.wait_for_function("() => { const d = document.getElementById('dialog'); return !d.open || d.querySelector('#task-link, .problem:not([hidden])'); }")
    if dialog.locator(".problem:not([hidden])").count():
        raise Failure(f"{action} refused: {dialog.locator('.problem').inner_text()}")


def triage(page):
    act(page, "triage", lambda dialog: dialog.locator("textarea").fill("自动检查：按属实线索处理"))
    expect(page.locator("#panel .panel-badges .badge").first).to_have_text("待派单", timeout=15_000)


def dispatch(page):
    """To the first post of the list; returns the one-task link."""
    def choose(dialog):
        dialog.locator(".post input").first.wait_for()
        dialog.locator(".post input").first.check()
    act(page, "dispatch", choose)
    page.wait_for_selector("#task-link")
    link = page.input_value("#task-link")
    if "/task#" not in link:
        raise Failure(f"this is no task link: {link}")
    if page.locator("#dialog svg.qr").count() != 1:
        raise Failure("the link has no QR code")
    return link


def close_dialog(page):
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).not_to_be_visible()


def small_targets(page):
    """Visible controls below 24 px; links within a sentence are exempt, as the criterion exempts them."""
    return page.evaluate("""(least) => [...document.querySelectorAll('button, a[href], input, select, textarea, summary')]
      .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.closest('p:not(.exports):not(.counts):not(.who):not(.wall-buttons), dd, li p') && !node.classList.contains('skip'))
      .map((node) => { const target = ['checkbox', 'radio'].includes(node.type) ? node.closest('label') || node : node; return [node.outerHTML.slice(0, 90), target.getBoundingClientRect()]; })
      .filter(([, box]) => box.width > 0 && (box.width < least - 0.5 || box.height < least - 0.5)).map(([text, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${text}`)""", SMALLEST_TARGET)


def serious_findings(page):
    found = Axe().run(page).response["violations"]
    return [f"{each['id']} ({each['impact']}): {each['nodes'][0]['target']}" for each in found if each["impact"] in SERIOUS]


def check_page(page, name, out):
    """Picture, axe and targets of what is shown now; returns complaints."""
    page.wait_for_timeout(900)
    page.screenshot(path=str(out / f"{name}.png"))
    complaints = [f"{name}: {each}" for each in serious_findings(page)]
    return complaints + [f"{name}: target {each}" for each in small_targets(page)]


def look_at_all(browser, base, state, event_id, out, complaints):
    """Map, wall, login and interface pages, light and dark; the map on a phone."""
    for scheme in ("light", "dark"):
        for name, path, ready, width, height in (
                ("map", f"/#event={event_id}", "#panel .steps", 1440, 900), ("map-phone", "/", ".row", 390, 844),
                ("wall", "/wall", "#cases .case, #none:not([hidden])", 1920, 1080), ("login", "/login", "#submit", 1440, 900), ("api", "/api", ".operation", 1440, 900)):
            page = new_page(browser, width=width, height=height, scheme=scheme, state=state, complaints=complaints)
            page.goto(base + path)
            page.wait_for_selector(ready)
            if name == "wall" and scheme == "light":
                page.click("#theme")        # the wall is dark unless somebody asks for light
            complaints += check_page(page, f"{name}-{scheme}", out)
            page.context.close()


def run(arguments):
    out = pathlib.Path(arguments.out_dir)
    out.mkdir(parents=True, exist_ok=True)
    base = arguments.base_url.rstrip("/")
    complaints = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = new_page(browser, complaints=complaints)
        sign_in(page, base, arguments.name, arguments.password, None if arguments.code == "-" else arguments.code)
        wait_for_list(page)
        first_load = measure_first_load(page, base)
        print("READY", file=sys.stderr, flush=True)
        event_id = arguments.expect_id
        if arguments.when_ready:
            said = subprocess.run(arguments.when_ready, shell=True, check=True, capture_output=True, text=True).stdout.split()
            event_id = event_id or said[-1]
        if not event_id:
            raise Failure("no event to wait for: give --expect-id or --when-ready")
        wait_for_event(page, event_id)
        page.screenshot(path=str(out / "arrived.png"))
        open_event(page, event_id)
        triage(page)
        link = dispatch(page)
        complaints += check_page(page, "link", out)
        close_dialog(page)
        expect(page.locator("#panel .panel-badges .badge").first).to_have_text("已派发", timeout=15_000)
        look_at_all(browser, base, page.context.storage_state(), event_id, out, complaints)
        browser.close()
    if first_load > FIRST_LOAD_LIMIT:
        complaints.append(f"the first load took {first_load} bytes, more than {FIRST_LOAD_LIMIT}")
    print(json.dumps({"id": event_id, "link": link, "first_load_bytes": first_load, "complaints": complaints}, ensure_ascii=False))
    if complaints:
        raise Failure("; ".join(complaints))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("base_url", "name", "password", "code", "out_dir"):
        parser.add_argument(name)
    parser.add_argument("--expect-id")
    parser.add_argument("--when-ready")
    try:
        run(parser.parse_args())
    except Exception as failure:  # noqa: BLE001  a test script: every failure is one message and exit 1
        print(f"page_map: {failure}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
