"""What the layer cannot imitate is looked for in the sources."""

import ast
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UI_FILE = ROOT / "Resources" / "UI" / "SAMMoESlicer.ui"
LIBRARY = ROOT / "SAMMoESlicer" / "SAMMoESlicerLib"
SOURCES = [ROOT / "SAMMoESlicer" / "SAMMoESlicer.py", *sorted(LIBRARY.rglob("*.py"))]
PANEL_SOURCES = sorted((LIBRARY / "Ui").glob("*.py"))
WIDGETS = {w.get("name"): w for w in ElementTree.parse(UI_FILE).getroot().iter("widget")}

TRAPS = {
    r"isinstance\([^)]*\bqt\.": "isinstance is False across PythonQt's flat classes: .inherits()",
    r"\bbytes\(": "bytes(QByteArray) raises in PythonQt: .data()",
    r"\bqt\.(Signal|Slot|Property)\b": "signals of one's own can crash PythonQt",
    r"\bQ(RegExp|TextCodec|DesktopWidget)\b": "gone in Qt 6",
    r"\bqt\.\w+\.[A-Z]\w+\.\w+": "PythonQt has no scoped enums: qt.Class.Value",
    r"\.exec\(|\.exec_\(": "a modal loop: nothing here may wait",
    r"processEvents": "a loop inside the loop",
    r"\bimport torch\b": "torch runs in the worker only",
}
WAITS = r"time\.sleep|\.wait\(|\.join\(\)"


def id_of(path):
    return path.name


@pytest.mark.parametrize("path", SOURCES, ids=id_of)
def test_no_source_steps_into_a_trap_that_only_slicer_has(path):
    text = path.read_text("utf-8")
    found = [why for pattern, why in TRAPS.items() if re.search(pattern, text)]
    assert found == []


@pytest.mark.parametrize("trap", ["isinstance(w, qt.QWidget)", "bytes(data)", "d.exec_()"])
def test_a_trap_is_found(trap):
    assert any(re.search(pattern, trap) for pattern in TRAPS)


@pytest.mark.parametrize("path", PANEL_SOURCES, ids=id_of)
def test_the_panel_never_waits(path):
    assert not re.search(WAITS, path.read_text("utf-8"))


@pytest.mark.parametrize("path", PANEL_SOURCES, ids=id_of)
def test_every_widget_a_source_names_is_in_the_ui_file(path):
    tree = ast.parse(path.read_text("utf-8"))
    named = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and (
            (isinstance(node.value, ast.Name) and node.value.id == "ui")
            or (isinstance(node.value, ast.Attribute) and node.value.attr in ("ui", "_ui"))
        )
    }
    assert named <= set(WIDGETS)


def test_no_text_of_the_panel_file_holds_what_a_designer_left_behind():
    texts = [text.text or "" for text in ElementTree.parse(UI_FILE).getroot().iter("string")]
    assert [text for text in texts if re.search(r"auto=|TODO|\bTextLabel\b|,\S", text)] == []


def test_every_control_has_a_tooltip_and_nothing_is_unused():
    texts = "".join(path.read_text("utf-8") for path in PANEL_SOURCES)
    silent = {"SAMMoESlicer", "volumeLabel", "segmentationLabel", "statusFrame", "noticeFrame"}
    silent |= {name for name in WIDGETS if name.endswith(("Contents", "Label"))}
    for name, widget in WIDGETS.items():
        properties = {p.get("name") for p in widget.findall("property")}
        assert name in silent or "toolTip" in properties, name
        bound = "SlicerParameterName" in properties
        assert name in silent or bound or name in texts or name.endswith("Section"), name


@pytest.mark.parametrize("path", PANEL_SOURCES, ids=id_of)
def test_every_text_on_the_panel_can_be_translated(path):
    untranslated = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            isText = node.targets[0].attr in ("text", "toolTip", "title", "placeholderText")
            constant = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
            if isText and constant and node.value.value.strip():
                untranslated.append(node.value.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            said = node.func.attr in ("infoDisplay", "errorDisplay", "confirmYesNoDisplay")
            if said and node.args and isinstance(node.args[0], ast.Constant):
                untranslated.append(node.args[0].value)
    assert untranslated == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_icon_is_there_in_both_themes(theme):
    from SAMMoESlicerLib.Message import Level
    from SAMMoESlicerLib.Ui.buttonIcons import ICONS

    names = {*ICONS.values(), "eye", "pin", "mute", *(level.value for level in Level)}
    folder = ROOT / "Resources" / "Icons"
    assert [name for name in names if not (folder / f"{name}-{theme}.png").is_file()] == []
