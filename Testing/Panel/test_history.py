"""Undo, redo, reset, and the keys."""

import qt

from SAMMoESlicerLib.Bridge import PromptRole

NAME = "SAMMoESlicer"


def test_undo_and_redo_walk_through_every_step(driver, segmented, centre):
    second = driver.click_and_wait(PromptRole.NEGATIVE, centre + 9)
    written = driver.written()
    driver.press("undoButton")
    driver.wait_until(lambda: len(written) == 1, "the mask before")
    assert written[-1].voxel_count == segmented.voxel_count
    driver.press("redoButton")
    driver.wait_until(lambda: len(written) == 2, "the mask again")
    assert written[-1].voxel_count == second.voxel_count
    assert driver.ui.promptCountLabel.text == "1 inside · 1 outside"


def test_undoing_everything_leaves_an_empty_segment(driver, segmented):
    driver.press("undoButton")
    assert driver.session.prompts.isEmpty
    assert not driver.ui.undoButton.enabled
    assert driver.ui.redoButton.enabled


def test_reset_can_be_undone(driver, segmented):
    written = driver.written()
    driver.press("resetButton")
    assert driver.session.prompts.isEmpty
    driver.press("undoButton")
    driver.wait_until(lambda: len(written) == 1, "the mask again")


def test_keys_place_prompts_and_undo(driver, volumeNode, window, segmented):
    driver.press_key(window, qt.Qt.Key_2)
    assert driver.ui.negativeButton.checked
    driver.press_key(window, qt.Qt.Key_Escape)
    assert not driver.ui.negativeButton.checked
    driver.press_key(window, qt.Qt.Key_Z, qt.Qt.ControlModifier)
    assert driver.session.prompts.isEmpty
    driver.press_key(window, qt.Qt.Key_Y, qt.Qt.ControlModifier)
    assert not driver.session.prompts.isEmpty
    driver.press_key(window, qt.Qt.Key_N)
    assert driver.ui.segmentsTable.segmentCount == 2


def test_of_keys_that_are_held_only_undo_and_redo_act_again(driver, window):
    keys = {key.key.toString(): key.autoRepeat for key in window.findChildren(qt.QShortcut)}
    assert {"N", "1", "Esc", "F9", "Ctrl+Return", "Del"} <= set(keys)
    repeating = {key for key, repeats in keys.items() if repeats}
    assert repeating == {"Ctrl+Z", "Ctrl+Y", "Ctrl+Shift+Z"}


def test_keys_are_not_heard_while_another_module_is_shown(driver, window, segmented, application):
    application.leave(NAME)
    assert not driver.panel.shortcuts.isInstalled
    driver.press_key(window, qt.Qt.Key_Z, qt.Qt.ControlModifier)
    assert not driver.session.prompts.isEmpty
    application.open(NAME)
    driver.press_key(window, qt.Qt.Key_Z, qt.Qt.ControlModifier)
    assert driver.session.prompts.isEmpty


def test_leaving_the_module_ends_placing(driver, segmented, application):
    interaction = application.app.applicationLogic().GetInteractionNode()
    application.leave(NAME)
    assert interaction.GetCurrentInteractionMode() != interaction.Place
