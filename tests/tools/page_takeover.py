"""What waits on a phone for a link that was replaced goes with the new link of the same event.

page_takeover.py BASE_URL TASK_LINK EVENT COOKIE CSRF     the last two are of a desk's session

Opens the link, loses the network, presses 签收 and 到场, gets another link from the desk meanwhile, comes back and opens that one: both
answers arrive. Prints one line of JSON.
"""

import json
import os
import sys
import urllib.request

from playwright.sync_api import sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]


def renew(base, event, cookie, csrf):
    request = urllib.request.Request(f"{base}/events/{event}/link", data=b"{}", method="POST",
                                     headers={"Cookie": cookie, "X-CSRF-Token": csrf, "Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
        return json.load(answer)["link"]


def main(base, link, event, cookie, csrf):
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS)
        context = browser.new_context(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
        page = context.new_page()
        page.goto(f"{base}/task#{link.split('#')[-1]}")
        page.locator("#do-acknowledge:enabled").wait_for()
        page.wait_for_function("navigator.serviceWorker && navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller)")
        context.set_offline(True)
        for action in ("acknowledge", "arrive"):
            page.locator(f"#do-{action}:enabled").evaluate("(button) => button.click()")
            page.locator(f'#sending li[data-action="{action}"][data-state="waiting"]').wait_for()
        other = renew(base, event, cookie, csrf)
        context.set_offline(False)
        page.goto("about:blank")
        page.goto(f"{base}/task#{other.split('#')[-1]}")
        for action in ("acknowledge", "arrive"):
            page.locator(f'#sending li[data-action="{action}"][data-state="done"]').wait_for(timeout=60_000)
        print(json.dumps({"arrived": ["acknowledge", "arrive"]}))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), *sys.argv[2:])
