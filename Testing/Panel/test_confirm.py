"""Confirm or fix: one line, outlines by key, the suggested click, warnings that say what to do."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import qt

from sammoe import PredictOptions
from SAMMoESlicerLib.Advice import Seen, warningFor
from SAMMoESlicerLib.Bridge import Click, PromptRole, PromptState, Structure
from SAMMoESlicerLib.Bridge.SuggestedPoint import NAME
from SAMMoESlicerLib.Confidence import Confidence
from SAMMoESlicerLib.ExpertSummary import ExpertSummary
from SAMMoESlicerLib.Sentences import verdict
from SAMMoESlicerLib.Ui.ExpertRow import shortened
from SAMMoESlicerLib.Ui.Theme import contrastOf

UI_FILE = Path(__file__).parents[2] / "Resources" / "UI" / "SAMMoESlicer.ui"
VERTEBRA = ExpertSummary("vertebra", "Vertebrae", "", "#59b38c", tau=0.6)


@pytest.mark.parametrize(
    ("confidence", "line"),
    [
        (
            Confidence({"vertebra": 0.9, "general": 0.1}, "vertebra", 0.6),
            "Drawn by Vertebrae: sure",
        ),
        (
            Confidence({"vertebra": 0.2, "general": 0.8}, "vertebra", 0.6),
            "Drawn by Vertebrae: chosen by you",
        ),
        (
            Confidence({"vertebra": 0.2, "general": 0.8}, "general", 0.6),
            "General model: experts are not sure",
        ),
        (
            Confidence({"vertebra": 0.9, "general": 0.1}, "general", 0.6),
            "Drawn by the general model",
        ),
        (Confidence(), ""),
    ],
)
def test_one_line_says_who_drew_the_mask_and_how_sure_the_gate_was(confidence, line):
    assert verdict(confidence, [VERTEBRA]) == line


def test_the_bars_are_closed_and_the_line_is_there(driver, segmented):
    assert driver.ui.expertsSection.collapsed
    assert driver.ui.verdictLabel.text == "Drawn by Vessel tree: sure"


def test_the_gate_can_be_asked_again_at_the_last_click(driver, segmented, centre, client):
    assert not driver.ui.askAgainButton.enabled
    driver.click_and_wait(PromptRole.POSITIVE, centre + 3)
    assert driver.ui.askAgainButton.text == "Decided at click 1, ask again"
    driver.press("askAgainButton")
    driver.wait_until(lambda: client.asked[-1][1].gate_click == 2, "the new decision")
    assert not driver.ui.askAgainButton.enabled


def test_what_the_line_says_belongs_to_the_chosen_segment(driver, segmented, centre, client):
    first = driver.session.segmentId
    client.holds = True
    driver.add_point(PromptRole.POSITIVE, centre + 3)
    driver.wait_until(lambda: driver.session.worker.stage, "progress")
    driver.press("nextSegmentButton")
    client.holds = False
    driver.wait_until(lambda: not driver.session.worker.stage, "the late answer")
    driver.turn(5)
    assert driver.ui.verdictLabel.text == "No mask of the model yet"
    driver.ui.segmentsTable.setSelectedSegmentIDs([first])
    driver.turn()
    assert driver.ui.verdictLabel.text == "Drawn by Vessel tree: sure"


def test_one_key_goes_through_the_outlines_with_their_sizes_and_another_takes_one(
    driver, window, segmented, client
):
    driver.press_key(window, qt.Qt.Key_C)
    driver.wait_until(lambda: " ml" in driver.ui.verdictLabel.text, "the general outline")
    general = driver.ui.verdictLabel.text
    assert general.startswith("Outline: General model")
    driver.press_key(window, qt.Qt.Key_C)
    driver.wait_until(lambda: " ml" in driver.ui.verdictLabel.text, "the expert's outline")
    assert driver.ui.verdictLabel.text.startswith("Outline: Vessel tree")
    driver.press_key(window, qt.Qt.Key_C)
    assert driver.ui.verdictLabel.text == "Drawn by Vessel tree: sure"
    driver.press_key(window, qt.Qt.Key_C)
    driver.press_key(window, qt.Qt.Key_T)
    driver.wait_until(lambda: client.asked[-1][1].expert == "none", "the general model")


def test_the_suggestion_is_a_mark_that_one_key_turns_into_a_click(
    driver, window, view, segmented, application
):
    driver.press("disagreementButton")
    driver.wait_until(lambda: driver.panel.decoders.overlays.hasCompared, "the overlay")
    mark = application.mrml.scene.GetFirstNodeByName(NAME)
    assert not mark.GetSaveWithScene()
    assert "general only" in driver.ui.legendLabel.text
    point = driver.panel.decoders.overlays.disputedPoint
    driver.press("negativeButton")
    driver.press_key(window, qt.Qt.Key_X)
    driver.wait_until(lambda: len(driver.session.prompts.clicks) == 2, "the click")
    click = driver.session.prompts.clicks[-1]
    assert click.label == 0
    np.testing.assert_allclose(click.positionRas, point)


def test_no_notice_moves_what_is_below_it(driver, window, client, segmented, centre):
    driver.turn(3)
    before = driver.ui.expertsSection.y
    driver.panel.notice.show(None)
    driver.turn(3)
    hidden = driver.ui.expertsSection.y
    client.touches_border = True
    driver.click_and_wait(PromptRole.POSITIVE, centre + 2)
    driver.turn(3)
    assert driver.notice
    assert driver.ui.expertsSection.y == hidden == before


@pytest.mark.parametrize("dark", [False, True])
def test_every_bar_stands_out_from_its_trough(driver, application, dark):
    application.set_theme(dark=dark)
    theme = driver.panel.theme
    for color in ("#ffff00", "#101010", "#59b38c", "#d0d0d0", theme.faint):
        assert contrastOf(theme.readable(color, theme.trough), theme.trough) >= 3
    application.set_theme(dark=False)


def grabbed(widget):
    """Return the grey values of a widget as it is seen, (height, width)."""
    image = widget.grab().toImage().convertToFormat(qt.QImage.Format_Grayscale8)
    return np.array(
        [
            [image.pixelColor(x, y).red() for x in range(image.width())]
            for y in range(image.height())
        ]
    )


@pytest.mark.parametrize("dark", [False, True])
def test_the_frame_of_an_open_check_box_stands_out(driver, application, window, dark):
    application.set_theme(dark=dark)
    driver.turn(2)
    driver.panel.refreshIcons()
    driver.ui.writingSection.collapsed = False
    driver.turn(3)
    box = driver.ui.followCheckBox
    corner = box.mapTo(window, qt.QPoint(0, 0))
    grey = grabbed(window)[corner.y() :, corner.x() :][: box.height, :16]
    ground, frame = int(grey[0, 0]), int(grey[box.height // 2, 0])
    shades = (f"#{3 * f'{shade:02x}'}" for shade in (frame, ground))
    assert contrastOf(*shades) >= 3
    application.set_theme(dark=False)


@pytest.mark.parametrize("dark", [False, True])
def test_a_button_that_cannot_be_pressed_is_seen_to_be_so(driver, application, window, dark):
    application.set_theme(dark=dark)
    driver.turn(2)
    driver.panel.refreshIcons()
    spread = {}
    for enabled in (True, False):
        driver.ui.undoButton.enabled = enabled
        spread[enabled] = float(np.ptp(grabbed(driver.ui.undoButton)))
    assert 0 < spread[False] < 0.6 * spread[True]
    application.set_theme(dark=False)


def test_a_long_verdict_is_seen_whole_and_moves_nothing(driver, window, segmented):
    window.resize(430, 700)
    driver.turn(3)
    before = driver.ui.expertsSection.y
    label = driver.ui.verdictLabel
    label.text = "Drawn by Left superior segmental pulmonary artery: chosen by you"
    driver.turn(3)
    assert 0 < label.heightForWidth(label.width) <= label.height
    assert driver.ui.expertsSection.y == before


def test_a_mask_of_the_model_before_is_not_said_to_be_none(driver, segmented):
    driver.panel._onBundle()
    assert driver.ui.verdictLabel.text == "Drawn by another model"


def test_forty_letters_leave_room_for_the_bar():
    name = "Left superior segmental pulmonary artery"
    assert len(shortened(name)) <= 24
    assert shortened(name).startswith("Left sup")
    assert shortened("Liver") == "Liver"


def test_a_mask_far_larger_than_the_structure_usually_is_is_warned_about(segmented):
    liver = Structure("Liver", mostMl=2600)
    text = warningFor(segmented, PredictOptions(), Seen("Liver", liver, ml=5000))
    assert "far more than 'Liver'" in text
    assert "Background" in text
    assert warningFor(segmented, PredictOptions(), Seen("Liver", liver, ml=2000)) == ""


def test_a_mask_that_runs_out_with_one_click_is_warned_about(segmented):
    clicks = PromptState((Click(1, 1, (0, 0, 0)), Click(2, 1, (1, 1, 1))))
    text = warningFor(segmented, PredictOptions(), Seen(ml=50, mlBefore=5, prompts=clicks))
    assert "grew from 5.0 to 50.0 ml" in text


def test_the_border_is_named_with_the_structure_that_reaches_it(segmented):
    border = replace(segmented, touches_border=True)
    assert warningFor(border, PredictOptions(), Seen("Aorta")).startswith("'Aorta' reaches")


def test_a_click_in_air_is_said(driver, volumeNode, ellipsoid, segmented):
    volume = ellipsoid[0]
    air = volume.array_kji.astype(np.int16)
    air[:3] = -1000
    clicks = PromptState((Click(1, 1, tuple(volume.ijk_to_ras[:3, 3])),))
    seen = Seen(prompts=clicks, volume=replace(volume, array_kji=air))
    assert "in air" in warningFor(segmented, PredictOptions(), seen)


def test_every_button_without_words_has_a_name_for_screen_readers():
    for widget in ElementTree.parse(UI_FILE).getroot().iter("widget"):
        properties = {p.get("name"): "".join(p.itertext()) for p in widget.findall("property")}
        if "IconOnly" in properties.get("toolButtonStyle", ""):
            assert properties.get("accessibleName"), widget.get("name")


def test_the_keyboard_goes_through_the_panel_from_top_to_bottom(driver, window, segmented):
    driver.focus(driver.ui.structureEdit)
    places = []
    for _step in range(6):
        driver.press_key(window.focusWidget(), qt.Qt.Key_Tab)
        widget = window.focusWidget()
        places.append(widget.mapTo(driver.widget.parent, qt.QPoint(0, 0)).y())
    assert places == sorted(places)
