#!/usr/bin/env python3
"""A whole day of the duty desk in one run of a browser, against a running station.

    page_day.py BASE_URL OUT_DIR PLAN.json

PLAN: password, secrets (base32, of the accounts city, city-two, huzhu, minhe), the event of the night, the province's list (a file), the day of the report.
Night fire, morning list, dispatch, return and reassign, overdue supervision, report refused and redone, review, close, provincial list answered, handover
signed by two, nil report of another county, daily document. Pictures and documents go into OUT_DIR. Prints one line of JSON with what was seen on the way; exit 1
with a message on failure.
"""
import base64
import hashlib
import hmac
import json
import pathlib
import struct
import sys
import time

from page_map import Failure, launch, new_page
from page_task import fill_report, make_photo, phone, tap, wait_for_state
from playwright.sync_api import expect, sync_playwright

STEP_S = 30


def code_of(secret, used={}):
    """A changing code (RFC 6238) that was not used before: the server takes each once."""
    while int(time.time()) // STEP_S <= used.get(secret, 0):
        time.sleep(0.5)
    step = int(time.time()) // STEP_S
    used[secret] = step
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


class Day:
    def __init__(self, base, out, plan, browser):
        self.base, self.out, self.plan, self.browser = base, out, plan, browser
        self.complaints, self.seen, self.pages, self.shots = [], {}, {}, 0

    def desk(self, name):
        """The page of an account, signed in once."""
        if name not in self.pages:
            page = new_page(self.browser, complaints=self.complaints)
            page.goto(f"{self.base}/login?next=%2Fdesk")
            page.fill("#name", name)
            page.fill("#password", self.plan["password"])
            page.fill("#code", code_of(self.plan["secrets"][name]))
            page.click("#submit")
            page.wait_for_selector("#tabs a, #trouble:not([hidden])")
            if page.locator("#trouble:not([hidden])").count():
                raise Failure(f"{name} cannot sign in: {page.inner_text('#trouble')}")
            self.pages[name] = page
        return self.pages[name]

    def tab(self, name, tab, wait):
        page = self.desk(name)
        page.goto("about:blank")
        page.goto(f"{self.base}/desk#{tab}")
        page.wait_for_selector(wait)
        return page

    def shot(self, page, name):
        self.shots += 1
        page.screenshot(path=str(self.out / f"day-{self.shots:02d}-{name}.png"))

    def fetch(self, name, path, file):
        """A document as the desk gets it."""
        answer = self.desk(name).request.get(f"{self.base}{path}")
        if not answer.ok:
            raise Failure(f"{path}: {answer.status} {answer.text()[:300]}")
        (self.out / file).write_bytes(answer.body())

    def panel(self, name):
        """The event of the night on the map of a desk."""
        page = self.desk(name)
        page.goto("about:blank")
        page.goto(f"{self.base}/#event={self.plan['event']}")
        page.wait_for_selector(f'#panel[data-id="{self.plan["event"]}"] .steps', timeout=20_000)
        return page

    def act(self, page, scope, action, fill=None):
        page.locator(f'{scope} [data-action="{action}"]').click()
        dialog = page.locator("#dialog[open]")
        if fill:
            fill(dialog)
        dialog.locator("button[type=submit]").click()
        page.wait_for_function("() => { const d = document.getElementById('dialog'); return !d.open || d.querySelector('#task-link, .problem:not([hidden])'); }")
        if dialog.locator(".problem:not([hidden])").count():
            raise Failure(f"{action} refused: {dialog.locator('.problem').inner_text()}")

    def dispatch(self, page, scope, post):
        def choose(dialog):
            dialog.locator(f".post:has-text('{post}') input").check()
        self.act(page, scope, "dispatch", choose)
        page.wait_for_selector("#task-link")
        link = page.input_value("#task-link")
        page.keyboard.press("Escape")
        return link.rsplit("#", 1)[-1]

    def officer(self, token):
        page = phone(self.browser).new_page()
        page.goto(f"{self.base}/task#{token}")
        page.locator("#do-acknowledge:enabled").wait_for()
        return page


def night(day):
    """The county's desk judges what came in the night, with all that helps beside it, and gives it to a post."""
    page = day.tab("huzhu", f"triage/{day.plan['event']}", f'.triage-panel[data-id="{day.plan["event"]}"] .steps')
    page.wait_for_timeout(500)
    day.shot(page, "night-triage")
    day.act(page, ".triage-panel", "triage", lambda dialog: dialog.locator("textarea").fill("热点与麦茬地重合，属实线索"))
    page.locator('.triage-panel [data-action="dispatch"]').wait_for()
    return day.dispatch(page, ".triage-panel", "威远镇值班岗")


def morning_list(day):
    day.fetch("city", "/collections/events/items?f=xlsx", "morning.xlsx")


def returned(day, token):
    """The post says that it is not its area; the desk gives it to another, and both stay visible."""
    page = day.officer(token)
    tap(page, "#do-return")
    page.locator('.sheet input[value="not_our_area"]').check(force=True)
    day.shot(page, "officer-returns")
    tap(page, "#submit-return")
    wait_for_state(page, "return", "done")
    page.context.close()
    desk = day.panel("huzhu")
    expect(desk.locator("#panel .panel-badges")).to_contain_text("退回改派")
    token = day.dispatch(desk, "#panel", "塘川镇值班岗")
    desk = day.panel("huzhu")
    expect(desk.locator("#panel .case-line")).to_contain_text("原责任岗位 威远镇值班岗")
    day.shot(desk, "reassigned")
    return token


def overdue(day):
    """Nobody acknowledges in the minute that this site gives: the township is told, and the desk sees it."""
    page = day.tab("huzhu", "overdue", "#overdue-soon")
    row = page.locator(f'#overdue-late tr[data-id="{day.plan["event"]}"]')
    row.wait_for(timeout=120_000)
    expect(row).to_contain_text("级", timeout=30_000)
    day.seen["overdue"] = row.inner_text()
    day.shot(page, "overdue")


def reported(day, token):
    """Acknowledged late, looked at, reported; refused for want of a clear picture; done again; approved; closed."""
    page = day.officer(token)
    tap(page, "#do-acknowledge")
    wait_for_state(page, "acknowledge", "done")
    photo = make_photo(day.out)
    tap(page, "#do-arrive")
    wait_for_state(page, "arrive", "done")
    fill_report(page, photo)
    tap(page, "#submit-report")
    wait_for_state(page, "report", "done")
    page.locator('#sending [data-photo][data-complete="true"]').wait_for(timeout=120_000)
    desk = day.panel("huzhu")
    day.act(desk, "#panel", "review", lambda dialog: (dialog.locator('input[value="false"]').check(), dialog.locator("textarea").fill("照片看不清过火痕迹，请补拍近景")))
    expect(desk.locator("#panel .panel-badges")).to_contain_text("已派发", timeout=15_000)
    page.goto("about:blank")
    page.goto(f"{day.base}/task")
    page.locator("#do-acknowledge:enabled").wait_for()
    expect(page.locator("#notices")).to_contain_text("请补拍近景", timeout=15_000)
    day.shot(page, "officer-refused")
    tap(page, "#do-acknowledge")
    page.locator("#do-report:enabled").wait_for()
    fill_report(page, photo)
    tap(page, "#submit-report")
    page.locator('#sending li[data-action="report"][data-state="done"]').nth(1).wait_for(timeout=60_000)
    day.shot(page, "officer-done")
    page.context.close()
    desk = day.panel("huzhu")
    expect(desk.locator("#panel .panel-badges")).to_contain_text("已反馈", timeout=20_000)
    day.act(desk, "#panel", "review")
    expect(desk.locator('#panel [data-action="close"]')).to_be_visible(timeout=15_000)
    day.act(desk, "#panel", "close")
    expect(desk.locator("#panel ol.steps")).to_contain_text("办结", timeout=15_000)
    day.seen["steps"] = [line for line in desk.locator("#panel ol.steps strong").all_inner_texts()]
    day.shot(desk, "closed")


def province(day):
    """The province's list is taken, each row answered, the files fetched, the answer noted as sent."""
    page = day.tab("city", "lists", "#lists-new")
    page.set_input_files("#list-file", day.plan["list"])
    page.get_by_role("button", name="导入并核对").click()
    page.wait_for_selector("#list-rows tbody tr", timeout=30_000)
    day.seen["list"] = page.locator("#list-rows tbody tr").evaluate_all("(rows) => rows.map((row) => row.dataset.state)")
    day.shot(page, "province-list")
    for name in page.locator("#list-one a[download]").evaluate_all("(links) => links.map((link) => link.getAttribute('href'))"):
        day.fetch("city", name, f"list-{name.rsplit('/', 1)[1]}")
    page.click("#list-answered")
    expect(page.locator("#list-one")).to_contain_text("已答复", timeout=15_000)


def handover(day):
    """The shift is signed over by who goes, and by who comes; the document is printed."""
    page = day.tab("city", "handover", ".tab-handover h2")
    page.get_by_role("button", name="交班签字").click()
    page.fill("#dialog [name=remark]", "夜间一起疑似火点已办结；东部乡镇风大")
    page.fill("#dialog [name=password]", day.plan["password"])
    page.fill("#dialog [name=code]", code_of(day.plan["secrets"]["city"]))
    page.locator("#dialog").get_by_role("button", name="签字交班").click()
    expect(page.locator(".tab-handover h2").first).to_contain_text("待接班人签字", timeout=15_000)
    which = page.evaluate("location.hash").split("/")[1]
    other = day.tab("city-two", f"handover/{which}", ".tab-handover h2")
    other.get_by_role("button", name="接班签字").click()
    other.fill("#dialog [name=password]", day.plan["password"])
    other.fill("#dialog [name=code]", code_of(day.plan["secrets"]["city-two"]))
    other.locator("#dialog").get_by_role("button", name="接班签字").click()
    expect(other.locator(".tab-handover .badge.done").first).to_be_visible(timeout=15_000)
    day.seen["handover"] = other.locator(".tab-handover .card").first.inner_text()
    day.shot(other, "handover")
    day.fetch("city", f"/handovers/{which}.docx", "handover.docx")


def nil(day):
    """Another county reports that nothing was found, with the share that was seen."""
    page = day.tab("minhe", "nil", ".tab-nil h2")
    page.get_by_role("button", name="确认").first.click()
    page.locator("#dialog[open] strong").wait_for()
    day.seen["nil"] = page.locator("#dialog strong").inner_text()
    page.locator("#dialog").get_by_role("button", name="确认上报").click()
    expect(page.locator("#dialog")).not_to_be_visible(timeout=15_000)
    day.shot(page, "nil")


def daily(day):
    """The day's report, frozen; as a document and a workbook."""
    page = day.tab("city", "reports", ".tab-reports form")
    page.fill("[name=day]", day.plan["day"])
    page.get_by_role("button", name="制作并冻结").click()
    page.get_by_role("link", name="下载 Word").wait_for(timeout=30_000)
    day.seen["report"] = page.locator(".tab-reports .card").first.inner_text()
    day.shot(page, "daily")
    for ending, name in (("docx", "下载 Word"), ("xlsx", "下载 Excel")):
        day.fetch("city", page.get_by_role("link", name=name).get_attribute("href"), f"daily.{ending}")


def run(base, out, plan):
    with sync_playwright() as playwright:
        day = Day(base, out, plan, launch(playwright))
        token = night(day)
        morning_list(day)
        token = returned(day, token)
        overdue(day)
        reported(day, token)
        province(day)
        handover(day)
        nil(day)
        daily(day)
        day.browser.close()
        return {**day.seen, "complaints": day.complaints}


def main():
    base, out, plan = sys.argv[1:]
    folder = pathlib.Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        print(json.dumps(run(base.rstrip("/"), folder, json.loads(pathlib.Path(plan).read_text(encoding="utf-8"))), ensure_ascii=False))
    except Exception as failure:  # noqa: BLE001  a test script: every failure is one message and exit 1
        print(f"page_day: {failure if isinstance(failure, Failure) else repr(failure)}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
