"""How long from the mouse to the mask in a browser, and how much of it is the model?

python Testing/Benchmarks/web.py [--scan FILE] [--clicks 12]

The server runs here, Chromium beside it with a page of 1280 x 720. Each click goes to another place
of the liver of the phantom (or of the middle of FILE); the page itself looks, frame by frame, when
the slice turns the segment's colour there. Memory, after the first click, is compared with Slicer's
scene and the same four views without server, session, segment and page.
"""

import argparse
import os
import statistics
import subprocess
import sys
import threading
from pathlib import Path

import checkout  # noqa: F401
from timing import verdict

BEYOND_MODEL_MS, BEYOND_VTK_MB = 250.0, 200.0
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
WATCH = """([right, down]) => {
  const view = document.querySelector('.layout-grid-item');
  const sample = document.createElement('canvas');
  sample.width = sample.height = 1;
  const pen = sample.getContext('2d', { willReadFrequently: true });
  window.seen = { from: null, to: null };
  const press = () => { window.seen.from = performance.now(); };
  view.addEventListener('pointerdown', press, { once: true });
  const look = () => {
    const picture = view.querySelector('img'), scale = picture.naturalWidth / picture.clientWidth;
    const x = (picture.clientWidth / 2 + right) * scale;
    const y = (picture.clientHeight / 2 + down) * scale;
    pen.drawImage(picture, x, y, 1, 1, 0, 0, 1, 1);
    const grey = [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    const isColoured = Math.max(...grey) - Math.min(...grey) > 30;
    if (window.seen.from !== null && isColoured) window.seen.to = performance.now();
    else requestAnimationFrame(look);
  };
  look();
}"""
CLICK_PX, LOOK_PX = (-90, -10), (-100, -16)
"""From the middle of the axial view: in the phantom's liver, and beside it, in its mask."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scan", type=Path, default=None)
    parser.add_argument("--clicks", type=int, default=8)
    parser.add_argument("--only-views", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_views:
        show_views_alone(options.scan)
        return 0
    return 0 if Measurement(options.scan, clicks=options.clicks).run() else 1


class Measurement:
    """Server in this thread, browser in another."""

    def __init__(self, scan, *, clicks):
        from sammoe.worker import WorkerClient
        from sammoe_web.application import WebApplication, WebOptions

        self._scan, self._clicks = scan, clicks
        self._model_ms, self._total_ms = [], []
        self._written = threading.Event()
        self._rss_mb = 0.0
        self._failure = None
        self._application = WebApplication(
            WebOptions(scan=scan), WorkerClient(), on_ready=self._start_browser
        )
        self._application.panel.session.resultWritten.connect(self._on_result)

    def run(self):
        self._application.run()
        if self._failure is not None:
            raise self._failure
        total, model = statistics.median(self._total_ms), statistics.median(self._model_ms)
        command = [sys.executable, __file__, "--only-views"]
        command += ["--scan", str(self._scan)] if self._scan else []
        views_mb = float(subprocess.run(command, check=True, capture_output=True).stdout)
        print(f"web: mouse to mask {total:.0f} ms, of which model and worker {model:.0f} ms")
        print(f"  memory of the server {self._rss_mb:.0f} MB, of the views alone {views_mb:.0f} MB")
        return all(
            [
                verdict("beyond the model, ms", total - model, BEYOND_MODEL_MS, at_least=False),
                verdict(
                    "beyond VTK and worker, MB",
                    self._rss_mb - views_mb,
                    BEYOND_VTK_MB,
                    at_least=False,
                ),
            ]
        )

    def _start_browser(self, address):
        threading.Thread(target=self._browse, args=(address,), daemon=True).start()

    def _on_result(self, _segment_id, _result):
        self._model_ms.append(self._application.panel.session.worker.lastClick_ms)
        self._written.set()

    def _browse(self, address):
        from playwright.sync_api import Error, sync_playwright

        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path="/usr/bin/chromium", args=FLAGS
                )
                page = browser.new_page(viewport={"width": 1280, "height": 720})
                page.goto(address)
                if self._scan is None:
                    page.click("button:has-text('TorsoPhantom')")
                page.wait_for_selector(".sm-drop", state="detached")
                self._click_often(page)
                browser.close()
        except Error as error:
            self._failure = error
        finally:
            os.kill(os.getpid(), 2)

    def _click_often(self, page):
        box = page.locator(".layout-grid-item >> nth=0").bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        for turn in range(self._clicks + 1):  # the first one starts the worker
            page.keyboard.press("n" if turn else "1")
            page.wait_for_function(f"document.querySelectorAll('[data-segment]').length > {turn}")
            page.wait_for_timeout(700)  # the last pictures have come
            page.evaluate(WATCH, LOOK_PX)
            self._written.clear()
            at = middle[0] + CLICK_PX[0] + turn % 6, middle[1] + CLICK_PX[1] - turn % 6
            page.mouse.move(*at)
            page.mouse.click(*at)
            self._written.wait(60)
            page.wait_for_function("window.seen.to !== null")
            self._total_ms.append(page.evaluate("window.seen.to - window.seen.from"))
            self._rss_mb = self._rss_mb or resident_mb()
            page.evaluate("document.querySelector('.sm-item-chosen button[title^=Show]').click()")
        del self._total_ms[0], self._model_ms[0]  # the worker had to start


def show_views_alone(scan):
    """Print the resident MB of Slicer's scene with the same volume in the same views."""
    from trame_slicer.core import SlicerApp
    from trame_slicer.views import DirectViewFactory, ViewLayoutDefinition

    from sammoe.image_io import read_volume
    from sammoe.phantom import make_phantom
    from sammoe_web.offscreen import be_quiet, draw_offscreen
    from SAMMoESlicerLib.Bridge.VolumeWriter import addVolumeNode

    draw_offscreen()
    slicer_app = SlicerApp()
    be_quiet()
    volume = make_phantom().volume if scan is None else read_volume(scan)
    node = addVolumeNode(slicer_app.scene, volume, "scan")
    slicer_app.view_manager.register_factory(DirectViewFactory(do_render_offscreen=True))
    for kind in ("axial_view", "coronal_view", "sagittal_view", "threed_view"):
        view = slicer_app.view_manager.create_view(getattr(ViewLayoutDefinition, kind)())
        view.update_size(470, 360)
        if hasattr(view, "set_background_volume_id"):
            view.set_background_volume_id(node.GetID())
        view.reset_view()
        view.render()
    del volume
    print(resident_mb())


def resident_mb():
    """Return this process's resident memory in 10^6 bytes."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


if __name__ == "__main__":
    sys.exit(main())
