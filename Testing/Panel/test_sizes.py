"""The panel fits a small screen: 1366 x 768, also at 150 % and in longer languages."""

import pytest
from PySide6.QtCore import QPoint

from SAMMoESlicerLib.Bridge import PromptRole

PANEL_MOST_PX = 1366 // 2
"""Half of a small screen's width: the other half is the views'."""
SCREEN_PX = 768
BARS_PX = 68
"""Slicer's menu and tool bars above the panel."""
GERMAN = 1.35
"""How much longer German is than English, for short texts."""


def lengthen(root, factor):
    """Make every caption longer, as a translation does."""
    from PySide6 import QtWidgets

    for kind in (QtWidgets.QLabel, QtWidgets.QAbstractButton):
        for widget in root.findChildren(kind):
            text = widget.text
            if text and "<" not in text:
                widget.setText(text + "n" * round(len(text) * (factor - 1)))


@pytest.fixture
def busy(driver, segmented, centre):
    """The panel with everything on it that comes with work."""
    driver.click_and_wait(PromptRole.NEGATIVE, centre + 9)
    driver.ui.firstRunFrame.visible = False
    return driver.widget.parent


def test_the_panel_fits_a_small_screen(driver, busy):
    driver.turn(3)
    assert busy.layout().minimumSize().height() <= SCREEN_PX - BARS_PX
    assert busy.layout().minimumSize().width() <= 430


def test_longer_words_and_large_letters_leave_room_for_the_views(driver, busy):
    font = busy.font
    font.setPointSizeF(font.pointSizeF() * 1.5)
    busy.setFont(font)
    lengthen(busy, GERMAN)
    driver.turn(3)
    assert busy.layout().minimumSize().width() <= PANEL_MOST_PX


def rows(driver):
    """Return where the panel's rows begin, from the top."""
    ui = driver.ui
    widgets = (ui.structureEdit, ui.positiveButton, ui.statusLabel, ui.verdictLabel)
    sections = (ui.expertsSection, ui.teachSection, ui.engineSection)
    return [w.mapTo(driver.widget.parent, QPoint(0, 0)).y() for w in (*widgets, *sections)]


def test_no_row_moves_from_the_empty_panel_to_a_mask_and_a_warning(
    driver, client, volumeNode, centre, window
):
    driver.ui.firstRunFrame.visible = False
    window.resize(900, 700)
    driver.turn(5)
    before = rows(driver)
    client.holds = client.touches_border = True
    driver.press("positiveButton")
    driver.add_point(PromptRole.POSITIVE, centre)
    driver.wait_until(lambda: not driver.ui.cancelButton.isHidden(), "the work")
    driver.turn(5)
    assert rows(driver) == before
    client.holds = False
    driver.wait_until(lambda: driver.notice, "the warning")
    driver.turn(5)
    assert rows(driver) == before
