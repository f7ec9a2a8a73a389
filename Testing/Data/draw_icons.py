"""Draws the panel's icons into Resources/Icons: `python Testing/Data/draw_icons.py`.

Each is a few strokes on a 24 x 24 grid, drawn once for light and once for dark themes.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

FOLDER = Path(__file__).parents[2] / "Resources" / "Icons"
PIXELS = 96
INKS = {"light": QColor("#3b4148"), "dark": QColor("#d5dae0")}
RED = {"light": QColor("#cf3a36"), "dark": QColor("#ff7b74")}
BLUE = {"light": QColor("#0072b2"), "dark": QColor("#56b4e9")}
ORANGE = {"light": QColor("#c85a00"), "dark": QColor("#f08a2c")}
AMBER = {"light": QColor("#c98a00"), "dark": QColor("#f2bd45")}


class Pencil:
    """Draws on the 24 x 24 grid in one theme."""

    def __init__(self, painter, theme):
        self.painter, self.theme = painter, theme
        self.ink(INKS)

    def ink(self, colors, width=2.0, *, dashed=False):
        self.color = colors[self.theme]
        pen = QPen(self.color, width, Qt.SolidLine, Qt.RoundCap, Qt.RoundJoin)
        if dashed:
            pen.setDashPattern([1.6, 1.9])
        self.painter.setPen(pen)
        self.painter.setBrush(Qt.NoBrush)
        return self

    def line(self, *points):
        path = QPainterPath(QPointF(*points[0]))
        for point in points[1:]:
            path.lineTo(QPointF(*point))
        self.painter.drawPath(path)

    def circle(self, x, y, radius, *, filled=False):
        if filled:
            self.painter.setBrush(self.color)
        self.painter.drawEllipse(QPointF(x, y), radius, radius)
        self.painter.setBrush(Qt.NoBrush)

    def box(self, x, y, width, height, radius=1.5):
        self.painter.drawRoundedRect(QRectF(x, y, width, height), radius, radius)

    def filled(self, *points):
        self.painter.setBrush(self.color)
        self.painter.drawPolygon(QPolygonF([QPointF(*p) for p in points]))
        self.painter.setBrush(Qt.NoBrush)

    def arc(self, x, y, radius, start, sweep):
        frame = QRectF(x - radius, y - radius, 2 * radius, 2 * radius)
        self.painter.drawArc(frame, int(start * 16), int(sweep * 16))

    def curve(self, start, c1, c2, end):
        path = QPainterPath(QPointF(*start))
        path.cubicTo(QPointF(*c1), QPointF(*c2), QPointF(*end))
        self.painter.drawPath(path)


def positive(p):
    p.ink(BLUE, 2.2).circle(12, 12, 8.6)
    p.line((12, 7.8), (12, 16.2))
    p.line((7.8, 12), (16.2, 12))


def negative(p):
    p.ink(ORANGE, 2.2).circle(12, 12, 8.6)
    p.line((7.8, 12), (16.2, 12))


def box(p):
    p.ink(AMBER, 2.2, dashed=True).box(4, 5.5, 16, 13)
    p.ink(AMBER)
    for x, y in ((4, 5.5), (20, 5.5), (4, 18.5), (20, 18.5)):
        p.circle(x, y, 1.4, filled=True)


def scribble(p):
    p.ink(BLUE, 2.2).curve((3.5, 16), (8, 2), (12, 26), (20.5, 7))


def lasso(p):
    p.ink(BLUE, 2.0, dashed=True).circle(12, 11, 7.6)
    p.ink(BLUE, 2.0).line((8, 17.6), (6, 21))


def undo(p):
    p.arc(12.5, 13.5, 6, -110, 250)
    p.filled((8.2, 4.4), (8.2, 11), (3.4, 7.7))
    p.line((8.2, 7.7), (12, 7.6))


def redo(p):
    p.painter.translate(24, 0)
    p.painter.scale(-1, 1)
    undo(p)


def reset(p):
    p.line((9.5, 19.5), (20, 19.5))
    p.line((4.2, 14.2), (13, 5.4), (18.6, 11), (10.2, 19.4), (9.4, 19.4), (4.2, 14.2))
    p.line((8.6, 9.8), (14.2, 15.4))


def delete(p):
    p.line((4.5, 7), (19.5, 7))
    p.line((9.5, 6.6), (10, 4), (14, 4), (14.5, 6.6))
    p.line((6.3, 7.4), (7.2, 20), (16.8, 20), (17.7, 7.4))
    p.line((10.3, 11), (10.6, 16.5))
    p.line((13.7, 11), (13.4, 16.5))


def next_segment(p):
    p.box(3.5, 4.5, 10, 10)
    p.box(9.5, 10, 10.5, 10)
    p.line((14.75, 12.6), (14.75, 17.4))
    p.line((12.4, 15), (17.1, 15))


def edit(p):
    p.line((4.2, 19.8), (5.2, 15.2), (15.6, 4.8), (19.2, 8.4), (8.8, 18.8), (4.2, 19.8))
    p.line((13, 7.4), (16.6, 11))


def mask(p):
    p.curve((5, 13), (4, 5), (13, 3), (16.5, 6))
    p.curve((16.5, 6), (22, 10), (19, 19), (12.5, 19.5))
    p.curve((12.5, 19.5), (8, 20), (5.6, 18), (5, 13))
    for x in (9, 12.5, 16):
        p.line((x - 1.8, 15.5), (x + 1.6, 9.5))


def eye(p):
    p.curve((2.8, 12), (7, 5.6), (17, 5.6), (21.2, 12))
    p.curve((2.8, 12), (7, 18.4), (17, 18.4), (21.2, 12))
    p.circle(12, 12, 2.7, filled=True)


def pin(p):
    p.line((8, 4), (16, 4))
    p.line((9.4, 4.4), (9.4, 10), (6.4, 13.6), (17.6, 13.6), (14.6, 10), (14.6, 4.4))
    p.line((12, 14), (12, 20.6))


def mute(p):
    p.circle(12, 12, 8.2)
    p.line((6.4, 17.6), (17.6, 6.4))


def differ(p):
    p.circle(9, 12, 6)
    p.circle(15, 12, 6)


def jump(p):
    p.circle(12, 12, 5.2)
    for a, b in (((12, 2.6), (12, 9)), ((12, 15), (12, 21.4))):
        p.line(a, b)
        p.line((a[1], 12), (b[1], 12))


def stop(p):
    p.line((6.5, 6.5), (17.5, 17.5))
    p.line((17.5, 6.5), (6.5, 17.5))


def restart(p):
    p.arc(12, 12, 7.4, 60, 290)
    p.filled((12.4, 1.4), (12.4, 8), (17.4, 4.7))


def warning(p):
    p.ink(AMBER, 2.2).line((12, 4), (21, 19.6), (3, 19.6), (12, 4))
    p.line((12, 10), (12, 14))
    p.circle(12, 16.9, 0.4, filled=True)


def error(p):
    p.ink(RED, 2.2).circle(12, 12, 8.8)
    p.line((12, 7.2), (12, 13))
    p.circle(12, 16.4, 0.4, filled=True)


def note(p):
    p.circle(12, 12, 8.8)
    p.line((12, 11.2), (12, 16.8))
    p.circle(12, 7.6, 0.4, filled=True)


ICONS = (
    *(
        positive,
        negative,
        box,
        undo,
        redo,
        scribble,
        lasso,
        reset,
        delete,
        next_segment,
        edit,
        mask,
        eye,
        pin,
        mute,
    ),
    *(differ, jump, stop, restart, warning, error, note),
)


def draw_all(folder=FOLDER):
    """Write every icon in both themes."""
    folder.mkdir(parents=True, exist_ok=True)
    for draw in ICONS:
        for theme in INKS:
            pixmap = QPixmap(PIXELS, PIXELS)
            pixmap.fill(Qt.transparent)
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.Antialiasing)
            painter.scale(PIXELS / 24, PIXELS / 24)
            draw(Pencil(painter, theme))
            painter.end()
            pixmap.save(str(folder / f"{draw.__name__}-{theme}.png"))


if __name__ == "__main__":
    application = QGuiApplication(sys.argv)
    draw_all()
