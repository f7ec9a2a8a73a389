"""Names by two letters, with colour and code: templates, terminologies, search."""

import json

import qt
import slicer
from PySide6.QtTest import QTest

from panel_segments import chosen, names
from SAMMoESlicerLib.Bridge import Structure
from SAMMoESlicerLib.Bridge.SlicerTerminologies import terminologyStructures


def typeName(driver, text):
    edit = driver.ui.structureEdit
    driver.focus(edit)
    QTest.keyClicks(edit, text)
    driver.press_key(edit, qt.Qt.Key_Return)


def test_two_letters_and_enter_name_colour_and_code_the_segment(driver, window, segmented):
    driver.press_key(window, qt.Qt.Key_F2)
    typeName(driver, "li")
    segment = chosen(driver)
    assert segment.GetName() == "Liver"
    assert "SCT^10200004^Liver" in segment.GetTerminology()
    assert driver.ui.structureEdit.text == ""


def test_a_name_nobody_knows_is_taken_as_it_is(driver, window, segmented):
    typeName(driver, "zyst 7q")
    assert chosen(driver).GetName() == "zyst 7q"


def test_a_side_is_coded_as_a_modifier(driver, window, segmented):
    typeName(driver, "left kid")
    assert "SCT^64033007^Kidney~SCT^7771000^Left" in chosen(driver).GetTerminology()


def test_a_typed_name_makes_a_segment_where_none_is_chosen(driver, window, volumeNode):
    typeName(driver, "spl")
    assert names(driver) == ["Spleen"]


def test_letters_typed_in_the_field_are_no_keys_of_the_panel(driver, window, segmented):
    driver.focus(driver.ui.structureEdit)
    QTest.keyClicks(driver.ui.structureEdit, "n1")
    assert driver.ui.structureEdit.text == "n1"
    assert driver.ui.segmentsTable.segmentCount == 1


def test_the_templates_that_come_along_are_whole(driver):
    templates = {template.name: template for template in driver.panel._sources.templates}
    whole = templates["TotalSegmentator"].structures
    assert len({structure.name for structure in whole}) == 117
    for structure in whole:
        assert structure.type.scheme == "SCT"
        assert structure.type.value.isdigit()
        assert structure.terminologyEntry.count("~") == 6


def test_slicers_own_terminologies_are_searched(tmp_path):
    code = {"CodingSchemeDesignator": "SCT"}
    context = {
        "SegmentationCategoryTypeContextName": "Mine",
        "@schema": "https://raw.githubusercontent.com/qiicr/dcmqi/master/doc/schemas/segment-context-schema.json#",
        "SegmentationCodes": {
            "Category": [
                {
                    **code,
                    "CodeValue": "123037004",
                    "CodeMeaning": "Anatomical Structure",
                    "showAnatomy": "false",
                    "Type": [
                        {
                            **code,
                            "CodeValue": "15497006",
                            "CodeMeaning": "Ovary",
                            "recommendedDisplayRGBValue": [10, 20, 30],
                            "Modifier": [
                                {
                                    **code,
                                    "CodeValue": "7771000",
                                    "CodeMeaning": "Left",
                                    "recommendedDisplayRGBValue": [10, 20, 30],
                                }
                            ],
                        }
                    ],
                }
            ]
        },
    }
    path = tmp_path / "mine.term.json"
    path.write_text(json.dumps(context))
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    assert logic.LoadTerminologyFromFile(str(path)) == "Mine"
    (ovary,) = (s for s in terminologyStructures(logic) if s.type.meaning == "Ovary")
    assert ovary.name == "Left ovary"
    assert "SCT^15497006^Ovary~SCT^7771000^Left" in ovary.terminologyEntry


def test_search_prefers_the_beginning_of_names(driver):
    find = driver.panel._sources.find
    assert find("le kid")[0].name == "Left kidney"
    assert find("ki")[0].name.lower().endswith("kidney")
    assert find("l3")[0].name == "Vertebra L3"
    assert find("right rib 7")[0].name == "Right rib 7"
    assert Structure("x").terminologyEntry == ""
