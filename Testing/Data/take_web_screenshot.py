"""Take the README's picture of the page: python Testing/Data/take_web_screenshot.py

What the presentation shows in the phantom, the last structure but one chosen.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from web_server import CHROMIUM, FLAGS, WebPage, WebServer

PICTURE = Path(__file__).parents[2] / "Resources" / "Screenshots" / "web.png"


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = WebServer(log=Path(folder) / "log.txt")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        size = {"width": 1280, "height": 720}
        page = WebPage(browser.new_page(viewport=size, color_scheme="dark"), server.address)
        page.press("Begin")
        for step in range(1, 7):
            page.page.click("button:has-text('Next step'):enabled")
            page.wait_for(f"document.querySelectorAll('[data-timing]').length === {step}")
        page.page.click("[data-segment] >> nth=-2")
        page.page.wait_for_timeout(3000)  # the last surfaces
        page.page.click("button[title^='3-D: Show everything']")
        page.page.evaluate("document.querySelector('.sm-scroll').scrollTo(0, 0)")
        page.page.wait_for_timeout(3000)  # the last pictures
        page.page.screenshot(path=PICTURE)
        browser.close()
        server.close()


if __name__ == "__main__":
    main()
