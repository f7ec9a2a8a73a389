"""`sammoe web` as a process, and its pages as a user with a mouse sees them."""

import io
import os
import re
import signal
import subprocess
import sys

import numpy as np
from PIL import Image

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 600_000  # against hanging only
IDLE = "!/…|starts with/.test(document.querySelector('#status').innerText)"


class WebServer:
    """A server on a free port of this computer.

    Args:
        arguments: Of `sammoe web`.
        log: A file for what it writes to stderr.
    """

    def __init__(self, *arguments, log):
        command = [sys.executable, "-m", "sammoe.cli", "web", "--no-browser", *map(str, arguments)]
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                encoding="utf-8",
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, log.read_text("utf-8")
        self.address = found.group(0)

    def worker_pid(self):
        """Return the process id of the model's worker."""
        for pid in filter(str.isdecimal, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", errors="replace") as stat:
                    parent = int(stat.read().rpartition(")")[2].split()[1])
                with open(f"/proc/{pid}/cmdline", "rb") as cmdline:
                    isWorker = b"sammoe.worker.main" in cmdline.read()
            except OSError:
                continue  # it has ended meanwhile
            if isWorker and parent == self.process.pid:
                return int(pid)
        return None

    def close(self):
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=PATIENCE_MS / 1000)
        finally:
            self.process.kill()
            self.process.stdout.close()


class WebPage:
    """A page of the tool.

    Args:
        page: Of playwright.
        address: Of the server.
    """

    def __init__(self, page, address):
        self.page = page
        self.errors = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(address)
        page.wait_for_selector("#status")

    def open_scan(self, path):
        """Open a file, named unlike the one that is shown; what was not saved is given up."""
        is_unsaved = self.page.evaluate("trame.state.get('is_unsaved')")
        self.choose_file(path)
        if is_unsaved:
            self.press("Open without saving")
        self.wait_for_scan(path.name)

    def wait_for_scan(self, name):
        self.wait_for(f"document.querySelector('#scan').innerText === {name!r}")
        self.wait_for("!document.querySelector('.sm-drop')")

    def choose_file(self, path):
        self.page.set_input_files("input[type=file] >> nth=0", path)

    def press(self, caption):
        self.page.click(f"button:has-text('{caption}') >> visible=true")

    def view(self, name):
        return self.page.locator(f".layout-grid-item:has(.sm-view-name:text-is('{name}'))")

    def at(self, name, right=0, down=0):
        """Return where on the page a place beside a view's middle is, pixels."""
        box = self.view(name).bounding_box()
        return box["x"] + box["width"] / 2 + right, box["y"] + box["height"] / 2 + down

    def click(self, name, right=0, down=0):
        """Click in a view with the mouse."""
        x, y = self.at(name, right, down)
        self.page.mouse.move(x, y + 3)
        self.page.mouse.click(x, y)

    def drag(self, name, start, end):
        self.page.mouse.move(*self.at(name, *start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(name, *end), steps=5)
        self.page.mouse.up()

    def use_layout(self, name, of):
        """Choose a layout, and wait until there are that many views."""
        self.page.click(".v-select:has-text('Layout')")
        self.page.click(f".v-overlay__content .v-list-item:has-text('{name}')")
        self.wait_for(f"document.querySelectorAll('.layout-grid-item').length === {of}")

    def wait_for(self, condition):
        """Wait until a JavaScript expression is true."""
        self.page.wait_for_function(condition, timeout=PATIENCE_MS)

    def wait_for_points(self, count):
        self.wait_for(f"document.querySelectorAll('[data-point]').length === {count}")

    def wait_for_size(self, pattern, *, of=0):
        """Wait until the n-th segment's size, such as '10.6 ml', matches, and the model rests."""
        self.wait_for(
            f"/^{pattern}$/.test(document.querySelectorAll('[data-size]')[{of}]?.innerText)"
        )
        self.wait_for(IDLE)

    def wait_for_other_size(self, size, *, of=0):
        self.wait_for(f"document.querySelectorAll('[data-size]')[{of}].innerText !== '{size}'")
        self.wait_for(IDLE)
        return self.size(of)

    def size(self, of=0):
        return self.page.locator("[data-size]").nth(of).inner_text()

    def points(self):
        return self.page.locator("[data-point]").all_inner_texts()

    def segments(self):
        return self.page.locator("[data-segment]").count()

    def picture(self, name):
        """Return what a view shows, (rows, columns, 3) int."""
        shot = self.view(name).screenshot()
        return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)

    def see(self, condition):
        """Say whether something of the pictures, which come after the state, becomes true."""
        for _attempt in range(PATIENCE_MS // 50):
            if condition():
                return True
            self.page.wait_for_timeout(50)
        return False

    def close(self):
        self.page.close()
