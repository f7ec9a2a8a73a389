"""The worklist: templates, one key and one click a structure, sizes, order, undo."""

import json

import numpy as np
import qt
from PySide6.QtTest import QTest

from painting_hand import Hand
from panel_driver import mask_voxels
from panel_segments import chosen, names, segmentId, segments, useTemplate
from SAMMoESlicerLib.Bridge import PromptRole
from slicer_layer.segments_table import NAME, STATUS


def test_a_template_costs_one_key_and_one_click_a_structure(
    driver, window, view, centre, volumeNode
):
    useTemplate(driver, "Spine")
    assert len(names(driver)) == 27
    driver.press("positiveButton")
    for name in ("Vertebra C1", "Vertebra C2", "Vertebra C3"):
        assert chosen(driver).GetName() == name
        written = driver.written()
        view.click(centre)
        driver.wait_until(lambda written=written: len(written) == 1, "the mask")
        driver.press_key(window, qt.Qt.Key_N)
    assert chosen(driver).GetName() == "Vertebra C4"
    first, second, third = (segment.GetColor() for segment in segments(driver)[:3])
    assert first == third != second
    assert len(names(driver)) == 27


def test_the_list_says_how_far_one_is(driver, window, view, centre, segmented):
    useTemplate(driver, "Spine")
    view = driver.ui.segmentsTable.tableWidget()
    place = view.visualRect(view.model().index(0, STATUS)).center()
    for _click in range(2):  # not started, in progress, completed
        QTest.mouseClick(view.viewport(), qt.Qt.LeftButton, qt.Qt.NoModifier, place)
    driver.press_key(window, qt.Qt.Key_N)
    assert "1 of 28 done" in driver.ui.segmentInfoLabel.text


def shownSizes(driver):
    """Return what stands in the last column of the table, by the rows' names."""
    model = driver.ui.segmentsTable.tableWidget().model()
    rows, last = range(model.rowCount()), model.columnCount() - 1
    return {model.index(n, NAME).data(): model.index(n, last).data() or "" for n in rows}


def inMl(driver, name):
    """Return a segment's size as the table should show it."""
    node = driver.widget.logic.getParameterNode().segmentation
    segmentation = node.GetSegmentation()
    id = segmentation.GetSegmentIdBySegmentName(name)
    voxel_ml = float(driver.session.volume.spacing_mm.prod()) / 1e3
    return f"{mask_voxels(node, id) * voxel_ml:.1f} ml"


def isShown(driver, name):
    """Wait until a row's size is that of its voxels; returns it."""
    driver.wait_until(lambda: shownSizes(driver)[name] == inMl(driver, name), f"the size of {name}")
    return shownSizes(driver)[name]


def test_every_row_says_its_size_and_keeps_it_current(driver, window, view, centre, segmented):
    name = names(driver)[0]
    useTemplate(driver, "Spine")
    driver.press("positiveButton")
    driver.click_and_wait(PromptRole.POSITIVE, centre + 2)
    sizes = {isShown(driver, name), isShown(driver, "Vertebra C1")}
    assert set(shownSizes(driver).values()) == {*sizes, ""}
    was = shownSizes(driver)["Vertebra C1"]
    driver.click_and_wait(PromptRole.POSITIVE, centre + 9)
    assert isShown(driver, "Vertebra C1") != was
    driver.press("undoButton")
    driver.wait_until(lambda: shownSizes(driver)["Vertebra C1"] == was, "the size from before")
    driver.press("undoButton")
    driver.wait_until(lambda: shownSizes(driver)["Vertebra C1"] == "", "the emptied row")
    assert isShown(driver, name) in sizes


def test_a_size_follows_hand_edits_and_the_order_of_rows(driver, segmented, volumeNode):
    useTemplate(driver, "Spine")
    segmentation = driver.widget.logic.getParameterNode().segmentation
    name = names(driver)[0]
    id = segmentId(driver.widget.logic.getParameterNode(), name)
    was = isShown(driver, name)
    Hand(segmentation, driver.session.volume).draw(id, remove=np.s_[:12])
    assert isShown(driver, name) != was
    segmentation.GetSegmentation().SetSegmentIndex(id, 5)
    assert isShown(driver, name)
    assert [n for n, size in shownSizes(driver).items() if size] == [name]
    assert list(shownSizes(driver)).index(name) == 5


def test_a_loaded_scene_shows_its_sizes(driver, application, segmented, tmp_path):
    name = names(driver)[0]
    before = isShown(driver, name)
    scene, path = application.mrml.scene, str(tmp_path / "scene.mrb")
    assert scene.WriteToMRB(path)
    scene.Clear()
    driver.turn(3)
    assert shownSizes(driver) == {}
    assert scene.ReadFromMRB(path, True)
    driver.wait_until(lambda: shownSizes(driver) == {name: before}, "the sizes")


def test_the_delete_key_counts_in_the_table_only_and_undo_brings_the_row_back(
    driver, window, segmented
):
    node = driver.widget.logic.getParameterNode().segmentation
    segmentId = driver.session.segmentId
    had = mask_voxels(node, segmentId)
    driver.press_key(window, qt.Qt.Key_Delete)
    assert len(names(driver)) == 1
    driver.focus(driver.ui.segmentsTable.tableWidget())
    driver.press_key(driver.ui.segmentsTable.tableWidget(), qt.Qt.Key_Delete)
    assert names(driver) == []
    driver.press_key(window, qt.Qt.Key_Z, qt.Qt.ControlModifier)
    assert driver.session.segmentId == segmentId
    assert mask_voxels(node, segmentId) == had
    assert driver.ui.segmentsTable.selectedSegmentIDs() == (segmentId,)
    assert driver.ui.promptCountLabel.text == "1 inside"


def test_undo_shows_the_row_in_which_it_happened(driver, window, view, centre, segmented):
    first = driver.session.segmentId
    driver.press("nextSegmentButton")
    driver.press("undoButton")
    assert driver.session.segmentId == first
    assert driver.ui.segmentsTable.selectedSegmentIDs() == (first,)
    assert driver.widget.logic.getParameterNode().segmentId == first


def test_keys_hide_the_mask_and_go_to_it(driver, window, view, centre, segmented):
    node = driver.widget.logic.getParameterNode().segmentation
    display = node.GetDisplayNode()
    driver.press_key(window, qt.Qt.Key_M)
    assert not display.GetSegmentVisibility(driver.session.segmentId)
    driver.press_key(window, qt.Qt.Key_M)
    assert display.GetSegmentVisibility(driver.session.segmentId)
    view.node.JumpSliceByOffsetting(*np.add(centre, 40))
    driver.press_key(window, qt.Qt.Key_J)
    x, y = view.pixel(centre)
    shown = view.node.GetXYToRAS().MultiplyPoint((x, y, 0, 1))[:3]
    assert np.linalg.norm(np.subtract(shown, centre)) < 3


def test_a_right_click_on_a_row_chooses_it_and_shows_its_menu(driver, window, segmented):
    useTemplate(driver, "Spine")
    view = driver.ui.segmentsTable.tableWidget()
    place = view.visualRect(view.model().index(3, NAME)).center()
    QTest.mouseClick(view.viewport(), qt.Qt.RightButton, qt.Qt.NoModifier, place)
    view.customContextMenuRequested.emit(place)  # sent by the window system, not by a click alone
    driver.turn()
    menu = driver.ui.segmentMenuButton.menu()
    assert not menu.isHidden()
    assert chosen(driver).GetName() == names(driver)[3] == "Vertebra C3"
    next(action for action in menu.actions() if action.text == "Move up").trigger()
    driver.turn()
    assert names(driver)[2] == "Vertebra C3"
    menu.close()


def test_a_template_of_ones_own_is_read_and_a_bad_one_is_said(driver, volumeNode, tmp_path):
    own, bad = tmp_path / "own.json", tmp_path / "bad.json"
    own.write_text(json.dumps({"name": "Mine", "structures": [{"name": "A"}, {"name": "B"}]}))
    bad.write_text('{"structures": [{"colour": 1}]}')
    for path in (own, bad):
        qt.QFileDialog.answers.append(str(path))
        useTemplate(driver, "From a file")
    assert names(driver) == ["A", "B"]
    assert "bad.json is no template" in driver.notice.lower()
