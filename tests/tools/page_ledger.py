#!/usr/bin/env python3
"""The desk's ledger in a real browser: page_ledger.py BASE_URL NAME PASSWORD CODE CODE2 OUT_DIR.

A call is taken on the form (a click on the map), another one without a place and placed after that; a telephone call is written down and struck
out; the nil report of a county is confirmed; a handover is signed, with a wrong password first; a shift is added. Every tab is looked at light and
dark and on a phone. Prints one line of JSON; exit 1 with a message on failure.
"""
from page_map import check_page
from page_parts import look_at_all, main, signed_in
from playwright.sync_api import expect

TABS = {"intake": "录入火情线索", "handover": "交接班记录", "phone": "电话记录", "nil": "零报告"}


def open_tab(page, base, name):
    page.goto(f"{base}/desk#{name}")
    page.wait_for_selector(f".tab-{name} h2")
    expect(page.get_by_role("heading", name=TABS[name]).first).to_be_visible()


def close_ok(page):
    expect(page.locator("#dialog")).not_to_be_visible(timeout=15_000)


def take_calls(page, base, out, complaints):
    open_tab(page, base, "intake")
    page.wait_for_timeout(600)
    box = page.locator(".place-map").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.45)
    lon, lat = float(page.get_by_label("经度").input_value()), float(page.get_by_label("纬度").input_value())
    page.fill("[name=said]", "村东头冒烟，烟很大")
    page.fill("[name=person]", "李四")
    page.fill("[name=number]", "13912345678")
    complaints += check_page(page, "ledger-intake", out)
    page.get_by_role("button", name="录入", exact=True).click()
    expect(page.locator(".done-words")).to_contain_text("已成事件", timeout=15_000)
    placed = page.locator(".done-words").inner_text()
    # nobody can say where
    page.fill("[name=said]", "说不清在哪，往西边")
    page.get_by_role("button", name="录入", exact=True).click()
    expect(page.locator(".done-words")).to_contain_text("待定位", timeout=15_000)
    expect(page.get_by_role("heading", name="待定位 1")).to_be_visible()
    page.get_by_role("button", name="定位", exact=True).click()
    page.locator("#dialog[open] .place-map").wait_for()
    page.locator("#dialog").get_by_label("按名称").fill("互助土族自治县威远镇")
    page.locator("#dialog").get_by_label("按名称").press("Tab")
    expect(page.locator("#dialog").get_by_label("误差（米）")).to_have_value("5000")
    complaints += check_page(page, "ledger-settle", out)
    page.locator("#dialog").get_by_role("button", name="确定位置").click()
    close_ok(page)
    expect(page.get_by_role("heading", name="待定位 0")).to_be_visible(timeout=15_000)
    return {"lon": lon, "lat": lat, "said": placed}


def log_calls(page, base, out, complaints):
    open_tab(page, base, "phone")
    page.select_option("[name=direction]", "out")
    page.fill("[name=unit]", "威远镇")
    page.fill("[name=number]", "0972-8612345")
    page.fill("form.card [name=said]", "请派人到现场核查")
    page.get_by_role("button", name="记录", exact=True).click()
    row = page.locator("tr", has_text="请派人到现场核查")
    row.wait_for()
    row.get_by_role("button", name="作废").click()
    page.fill("#dialog [name=said]", "记错单位")
    page.locator("#dialog").get_by_role("button", name="作废").click()
    close_ok(page)
    expect(page.locator("tr.struck")).to_contain_text("作废：记错单位")
    complaints += check_page(page, "ledger-phone", out)
    return page.locator("tbody tr").count()


def confirm_nil(page, base, out, complaints):
    open_tab(page, base, "nil")
    complaints += check_page(page, "ledger-nil", out)
    before = page.get_by_role("button", name="确认").count()
    page.get_by_role("button", name="确认").first.click()
    page.locator("#dialog[open] strong").wait_for()
    sentence = page.locator("#dialog strong").inner_text()
    page.locator("#dialog").get_by_role("button", name="确认上报").click()
    close_ok(page)
    expect(page.get_by_role("button", name="确认")).to_have_count(before - 1, timeout=15_000)
    return {"sentence": sentence, "left": before - 1}


def hand_over(page, base, password, code, out, complaints):
    open_tab(page, base, "handover")
    complaints += check_page(page, "ledger-handover-draft", out)
    page.get_by_role("button", name="增加一班").click()
    page.fill("#dialog [name=person]", "王五")
    page.locator("#dialog").get_by_role("button", name="增加").click()
    close_ok(page)
    expect(page.locator("tr.chosen", has_text="王五")).to_be_visible()
    page.get_by_role("button", name="交班签字").click()
    page.fill("#dialog [name=remark]", "夜间风大，注意东部乡镇")
    page.fill("#dialog [name=password]", "not it")
    page.fill("#dialog [name=code]", code)
    complaints += check_page(page, "ledger-sign", out)
    page.locator("#dialog").get_by_role("button", name="签字交班").click()
    expect(page.locator("#dialog .problem")).to_contain_text("密码或动态码不正确", timeout=15_000)
    page.fill("#dialog [name=password]", password)
    page.locator("#dialog").get_by_role("button", name="签字交班").click()
    close_ok(page)
    expect(page.locator(".tab-handover h2").first).to_contain_text("待接班人签字", timeout=15_000)
    complaints += check_page(page, "ledger-handover", out)
    return page.locator(".card").first.inner_text()


def look_at_panel(page, base, out, complaints):
    """What the map's panel says of an event that somebody called about."""
    page.goto(f"{base}/desk#phone")
    address = page.locator("tr", has_text="村东头冒烟").locator("a").get_attribute("href")
    page.goto(base + address)
    page.wait_for_selector("#panel .steps")
    complaints += check_page(page, "ledger-panel", out)
    return page.inner_text("#panel")


def ready(page, name):
    expect(page.get_by_role("heading", name=TABS[name]).first).to_be_visible()
    page.wait_for_timeout(400)


def run(base, name, password, code, again, out):
    def work(page, complaints):
        said = {
            "call": take_calls(page, base, out, complaints), "rows": log_calls(page, base, out, complaints),
            "nil": confirm_nil(page, base, out, complaints), "handover": hand_over(page, base, password, again, out, complaints),
            "panel": look_at_panel(page, base, out, complaints),
        }
        look_at_all(page, base, out, complaints, list(TABS), ready, "ledger-{}")
        return said

    signed_in(base, name, password, code, work)


main("page_ledger", run, 5)
