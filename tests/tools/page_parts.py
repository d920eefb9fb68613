"""What the browser scripts of the desk's tabs share: one session with its complaints, each tab light and dark and on a phone, one line of JSON."""
import json
import pathlib
import sys

from page_map import Failure, check_page, launch, new_page, sign_in
from playwright.sync_api import sync_playwright

# colours, width and height
LOOKS = (("dark", 1440, 900), ("light", 390, 844))


def look_at_all(page, base, out, complaints, tabs, ready, name="{}"):
    """Each of `tabs` (what stands behind the #) as who is signed in on `page`; `ready(page, tab)` waits until it is there."""
    for scheme, width, height in LOOKS:
        for tab in tabs:
            own = new_page(page.context.browser, width=width, height=height, scheme=scheme, state=page.context.storage_state(), complaints=complaints)
            own.goto(f"{base}/desk#{tab}")
            ready(own, tab)
            complaints += check_page(own, f"{name.format(tab.split('/')[-1])}-{scheme}-{width}", out)
            wide = own.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            if wide > 1:
                complaints.append(f"{tab} at {width}: {wide} px wider than the screen")
            own.context.close()


def signed_in(base, name, password, code, work):
    """Runs `work(page, complaints)` as who signs in, and prints what it gives with what was complained of."""
    complaints = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = new_page(browser, complaints=complaints)
        sign_in(page, base, name, password, code)
        said = work(page, complaints)
        print(json.dumps({**said, "complaints": complaints}, ensure_ascii=False))
        browser.close()


def main(script, run, folder_at):
    """Runs `run` with the arguments of the command line, of which one is the folder of pictures: it is made. Every failure is one message and exit 1."""
    arguments = sys.argv[1:]
    arguments[0] = arguments[0].rstrip("/")
    arguments[folder_at] = pathlib.Path(arguments[folder_at])
    arguments[folder_at].mkdir(parents=True, exist_ok=True)
    try:
        run(*arguments)
    except Exception as failure:  # noqa: BLE001  a test script
        print(f"{script}: {failure if isinstance(failure, Failure) else repr(failure)}", file=sys.stderr)
        sys.exit(1)
