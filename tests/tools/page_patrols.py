#!/usr/bin/env python3
"""Special patrols on the desk's page in a real browser: page_patrols.py BASE_URL NAME PASSWORD CODE OUT_DIR TRACK.

Looks at the plan of today, downloads its workbook, fixes it, sends a track and reads what is done. Looked at light and dark and on a phone. Prints one line
of JSON; exit 1 with a message on failure.
"""
from page_map import Failure, check_page
from page_parts import look_at_all, main, signed_in
from playwright.sync_api import expect

CELLS = "[aria-label=巡查网格] tbody tr"


def plan(page, base, out, complaints):
    page.goto(f"{base}/desk#patrol")
    expect(page.locator(CELLS).first).to_be_visible(timeout=60_000)
    page.wait_for_selector(".patrol-map .patrol-cell", timeout=15_000)
    complaints += check_page(page, "patrol-plan", out)
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("link", name="Excel").click()
    if not download.value.suggested_filename.endswith(".xlsx"):
        raise Failure(f"downloaded as {download.value.suggested_filename}")
    return {"rows": page.locator(CELLS).count(), "reasons": page.locator(CELLS).first.inner_text()}


def fixed(page, out, track, complaints):
    page.get_by_role("button", name="固定为当日计划").click()
    page.wait_for_url("**/desk#patrol/patrol-*", timeout=60_000)
    expect(page.locator("#patrol-done")).to_contain_text("已到 0 /", timeout=15_000)
    page.set_input_files("#track-file", track)
    page.fill("[name=who]", "互助巡查一组")
    page.get_by_role("button", name="上传轨迹").click()
    expect(page.locator("#patrol-done")).to_contain_text("轨迹 1 条", timeout=15_000)
    page.wait_for_selector(".patrol-map .patrol-track", state="attached", timeout=15_000)
    complaints += check_page(page, "patrol-done", out)
    return {"done": page.locator("#patrol-done").inner_text(), "visited": page.locator("tr.visited").count()}


def ready(page, _name):
    page.wait_for_selector(".patrol-map .patrol-cell", state="attached", timeout=60_000)


def run(base, name, password, code, out, track):
    def work(page, complaints):
        said = plan(page, base, out, complaints)
        said.update(fixed(page, out, track, complaints))
        look_at_all(page, base, out, complaints, ["patrol/plan", page.url.split("#", 1)[1]], ready)
        return said

    signed_in(base, name, password, code, work)


main("page_patrols", run, 4)
