#!/usr/bin/env python3
"""Looks at what the desk's page shows of cameras, in a real browser: page_cameras.py BASE_URL NAME PASSWORD CODE OUT_DIR EVENT CAMERA.

The panel of an event has its sightings with their pictures and what cameras showed of it; the layer of cameras has a symbol for each; one that
is clicked says what is wrong with it and shows the ground that it sees. Prints one line of JSON; exit 1 with a message on failure.
"""
import json
import pathlib
import sys

from page_map import Failure, check_page, launch, new_page, open_event, sign_in, wait_for_list
from playwright.sync_api import expect, sync_playwright


def whole_pictures(page) -> int:
    """Pictures of the panel that came and have pixels."""
    page.locator("#panel .photos img").first.scroll_into_view_if_needed()
    page.wait_for_function("() => [...document.querySelectorAll('#panel .photos img')].every((image) => image.complete)")
    return page.evaluate("() => [...document.querySelectorAll('#panel .photos img')].filter((image) => image.naturalWidth > 0).length")


def run(base, name, password, code, out, event, camera):
    complaints = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = new_page(browser, complaints=complaints)
        sign_in(page, base, name, password, code)
        wait_for_list(page)
        open_event(page, event)
        words = page.inner_text("#panel")
        pictures = whole_pictures(page)
        lines = page.locator("path.sight-ray").count()
        complaints += check_page(page, "cameras-panel", out)
        button = page.get_by_role("button", name="摄像机")
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
        marks = page.locator(".camera-mark")
        marks.first.wait_for()
        page.locator(f'.camera-mark[title^="{camera}"]').click()
        popup = page.locator(".camera-popup .camera-words")
        expect(popup.locator(".ground")).not_to_have_text("正在计算视域", timeout=30_000)
        said = popup.inner_text()
        ground = page.locator("path.viewshed").count()
        complaints += check_page(page, "cameras-layer", out)
        print(json.dumps({"words": words, "pictures": pictures, "lines": lines, "marks": marks.count(), "said": said, "ground": ground,
                          "complaints": complaints}, ensure_ascii=False))
        browser.close()


def main():
    base, name, password, code, out, event, camera = sys.argv[1:]
    folder = pathlib.Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        run(base.rstrip("/"), name, password, code, folder, event, camera)
    except Exception as failure:  # noqa: BLE001  a test script: every failure is one message and exit 1
        print(f"page_cameras: {failure if isinstance(failure, Failure) else repr(failure)}", file=sys.stderr)
        sys.exit(1)


main()
