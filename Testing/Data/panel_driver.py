"""Drives the module's panel as its user would: clicks on widgets, points in the scene, waiting."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MODULE_PATH = Path(__file__).parents[2] / "SAMMoESlicer" / "SAMMoESlicer.py"
NAME = "SAMMoESlicer"
PATIENCE_S = 600.0  # against hanging only


@dataclass(frozen=True)
class ExpertLine:
    """What a user sees of one decoder in the experts' list."""

    nameLabel: Any
    bar: Any
    valueLabel: Any
    outlineButton: Any
    pinButton: Any
    muteButton: Any


class PanelDriver:
    """The open module.

    Args:
        application: The layer's application.
    """

    def __init__(self, application):
        self.application = application
        self.python = application.discover(MODULE_PATH)
        self.widget = application.open(NAME)
        self.ui = self.widget.ui
        self.panel = self.widget.panel
        self.session = self.panel.session
        self.longest_stall_ms = 0.0

    def close(self):
        self.application.unload(NAME)
        self.turn(3)

    def expert_lines(self):
        """Return the lines of the experts' list, from the top."""
        grid = self.ui.expertsHost.layout()
        lines = []
        while grid.itemAtPosition(len(lines), 0) is not None:
            cells = (grid.itemAtPosition(len(lines), column) for column in range(6))
            lines.append(ExpertLine(*(cell.widget() for cell in cells)))
        return lines

    def expert_line(self, name):
        """Return the line whose name begins so."""
        return next(line for line in self.expert_lines() if line.nameLabel.text.startswith(name))

    def turn(self, times=1):
        """Let the application's event loop turn; remembers how long a turn took at most."""
        for _ in range(times):
            start = time.perf_counter()
            self.application.process_events()
            self.longest_stall_ms = max(self.longest_stall_ms, (time.perf_counter() - start) * 1e3)

    def wait_until(self, condition, what):
        """Let time pass until something is so."""
        end_s = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > end_s:
                log = "\n".join(self.session.worker.log)
                raise AssertionError(f"waited {PATIENCE_S:g} s for {what}; {self.status}\n{log}")
            self.turn()
            time.sleep(0.005)

    def pause(self, seconds):
        """Let time pass."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            self.turn()
            time.sleep(0.005)

    def press(self, name):
        """Click a button of the panel."""
        button = getattr(self.ui, name)
        assert button.enabled, f"{name} is disabled"
        button.click()
        self.turn()

    def press_key(self, widget, key, modifier=None):
        """Press and release a key while a widget has the focus."""
        import qt
        from PySide6.QtTest import QTest

        QTest.keyClick(widget, key, modifier or qt.Qt.NoModifier)
        self.turn(3)

    def focus(self, widget):
        """Give a widget the keyboard, as a click on it does."""
        from PySide6.QtWidgets import QApplication

        widget.window().activateWindow()
        widget.setFocus()
        self.turn()
        assert QApplication.focusWidget() is widget

    def add_point(self, role, point_ras):
        """Place a point in the markups node that is being placed, as a view does."""
        node = self.session.promptNode(role)
        index = node.AddControlPointWorld(*map(float, point_ras))
        self.turn()
        return node, index

    def click_and_wait(self, role, point_ras):
        """Place a point and wait for its mask."""
        written = self.written()
        self.add_point(role, point_ras)
        self.wait_until(lambda: len(written) > 0, "a mask")
        return written[-1]

    def written(self):
        """Return a list to which every result that is written from now on is added."""
        results = []
        self.session.resultWritten.connect(lambda _id, result: results.append(result))
        return results

    @property
    def status(self):
        return self.ui.statusLabel.text

    @property
    def notice(self):
        return self.ui.noticeLabel.text if self.panel.notice.message is not None else ""

    def grab(self, path, *, width=420, dark=False):
        """Save a picture of the panel."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.application.set_theme(dark=dark)
        root = self.widget.parent
        self.turn(2)
        self.panel.enter()
        root.resize(width, 100)
        root.show()
        self.turn(3)
        root.resize(width, root.layout().sizeHint().height())
        self.turn(3)
        root.grab().save(str(path))
        self.application.set_theme(dark=False)
        self.panel.enter()
        return path


def mask_voxels(segmentation_node, segment_id):
    """Return how many voxels a segment has."""
    from slicer_scene import segmentPoints

    return len(segmentPoints(segmentation_node, segment_id))


def moved_by(point, offset):
    return np.asarray(point, float) + offset
