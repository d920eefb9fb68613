#!/usr/bin/env python3
"""Figures and reports on the desk's page in a real browser: page_reports.py BASE_URL NAME PASSWORD CODE OUT_DIR.

Asks for the figures of 19 and 20 October 2025, makes the report of the 20th, reads it, and downloads its document. Both tabs are looked at light and
dark and on a phone. Prints one line of JSON; exit 1 with a message on failure.
"""
from page_map import Failure, check_page
from page_parts import look_at_all, main, signed_in
from playwright.sync_api import expect

FIGURES = "figures/2025-10-20/2025-10-20"


def figures(page, base, out, complaints):
    page.goto(f"{base}/desk#figures")
    page.wait_for_selector(".tab-figures h2")
    page.fill("[name=from]", "2025-10-20")
    page.fill("[name=to]", "2025-10-20")
    page.get_by_role("button", name="统计", exact=True).click()
    expect(page.get_by_text("疑似火点 2 处").first).to_be_visible(timeout=15_000)
    complaints += check_page(page, "figures", out)
    row = page.locator("[aria-label=分县统计] tbody tr").filter(has_text="互助")
    return row.locator("td").all_inner_texts()[:6]


def report(page, base, out, complaints):
    page.goto(f"{base}/desk#reports")
    page.wait_for_selector(".tab-reports h2")
    page.fill("[name=day]", "2025-10-20")
    page.get_by_role("button", name="制作并冻结").click()
    page.wait_for_url("**/desk#reports/daily-20251020-630200")
    expect(page.get_by_role("link", name="下载 Word")).to_be_visible(timeout=15_000)
    complaints += check_page(page, "report", out)
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 Word").click()
    if not download.value.suggested_filename.endswith("daily-20251020-630200.docx"):
        raise Failure(f"downloaded as {download.value.suggested_filename}")
    text = page.locator(".tab-reports").inner_text()
    page.get_by_role("button", name="更正…").click()
    page.locator("#dialog").get_by_role("button", name="更正").click()
    expect(page.locator("#dialog .problem")).to_contain_text("不需更正", timeout=15_000)
    return text


def run(base, name, password, code, out):
    def work(page, complaints):
        said = {"huzhu": figures(page, base, out, complaints), "report": report(page, base, out, complaints)}
        tabs = (FIGURES, "reports", "reports/daily-20251020-630200")
        look_at_all(page, base, out, complaints, tabs, lambda own, _tab: own.wait_for_selector(".card table"))
        return said

    signed_in(base, name, password, code, work)


main("page_reports", run, 4)
