"""Opens the link of a task, or the map, for the first time on a slow line: bytes and seconds until it can be used.

page_speed.py BASE_URL TASK_LINK     needs playwright and a Chromium ($CHROMIUM, else /usr/bin/chromium)

3G as WebPageTest has it: 1.6 Mbit/s down, 768 kbit/s up, 300 ms there and back; the processor four times slower. Usable: the first
button of the task can be pressed. Prints one line of JSON.
"""

import json
import os
import sys
import time

from playwright.sync_api import sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
LINE = {"offline": False, "latency": 300, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 768e3 / 8}
SLOWER = 4


def main(base, link):
    token = link.split("#")[-1]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS)
        context = browser.new_context(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", LINE)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        sizes, requests = [], []
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        session.on("Network.requestWillBeSent", lambda event: requests.append(event["request"]["url"]))
        began = time.monotonic()
        page.goto(f"{base}/task#{token}", wait_until="commit")
        page.locator("#do-acknowledge:enabled").wait_for(timeout=30_000)
        seconds = time.monotonic() - began
        bytes_then = sum(sizes)
        page.wait_for_timeout(3000)
        print(json.dumps({"usable_s": round(seconds, 2), "bytes_when_usable": int(bytes_then), "bytes": int(sum(sizes)),
                          "requests": len(requests)}))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), sys.argv[2])
