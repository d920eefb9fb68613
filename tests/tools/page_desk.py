#!/usr/bin/env python3
"""The desk's page beside the map: 研判 of an event with all that helps to judge it, and 督办.

    page_desk.py BASE_URL NAME PASSWORD CODE OUT_DIR EVENT

Signs in, opens the event among those that wait, reads what is near, before and always there, confirms and dispatches it, and looks at what is
late. Prints one line of JSON; exit 1 with a message on failure.
"""
import json
import pathlib
import sys

from axe_playwright_python.sync_playwright import Axe
from page_map import SERIOUS, act, launch, new_page, sign_in
from playwright.sync_api import expect, sync_playwright


def serious(page):
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in SERIOUS]


def main(base, name, password, code, out, event):
    out = pathlib.Path(out)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        complaints = []
        page = new_page(browser, complaints=complaints)
        sign_in(page, base, name, password, code)
        page.goto(f"{base}/desk")
        page.wait_for_selector(".queue a")
        waiting = page.locator(".queue a").count()
        page.locator(f'.queue a[data-id="{event}"]').click()
        page.wait_for_selector(f'.triage-panel[data-id="{event}"] .steps')
        page.wait_for_selector("#triage-map .leaflet-container, #triage-map.leaflet-container")
        page.wait_for_timeout(600)
        page.screenshot(path=out / "desk-triage.png")
        told = {part: page.inner_text(f"#triage-{part}") for part in ("duplicates", "before", "static", "seen")}
        axe = serious(page)
        dark = new_page(browser, scheme="dark", state=page.context.storage_state(), complaints=complaints)
        dark.goto(f"{base}/desk#triage/{event}")
        dark.wait_for_selector(f'.triage-panel[data-id="{event}"] .steps')
        dark.wait_for_timeout(600)
        dark.screenshot(path=out / "desk-triage-dark.png")
        axe += serious(dark)
        narrow = new_page(browser, width=800, state=page.context.storage_state(), complaints=complaints)
        narrow.goto(f"{base}/desk#triage/{event}")
        narrow.wait_for_selector(f'.triage-panel[data-id="{event}"] .steps')
        narrow.screenshot(path=out / "desk-triage-narrow.png", full_page=True)
        page.locator('.triage-panel [data-action="triage"]').click()
        dialog = page.locator("#dialog[open]")
        dialog.locator("button[type=submit]").click()
        expect(page.locator('.triage-panel [data-action="dispatch"]')).to_be_visible(timeout=15_000)
        page.locator('.tabs a[data-tab="overdue"]').click()
        page.wait_for_selector("#overdue-late")
        page.screenshot(path=out / "desk-overdue.png")
        late = page.locator("#overdue-late tbody tr").count()
        axe += serious(page)
        print(json.dumps({"waiting": waiting, "told": told, "late": late, "axe": axe, "complaints": complaints}, ensure_ascii=False))
        browser.close()


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    main(sys.argv[1].rstrip("/"), *sys.argv[2:])
