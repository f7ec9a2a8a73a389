"""The layer imitates PythonQt where a module would notice."""

import ctk
import pytest
import qt
import slicer


def test_properties_are_attributes():
    label = qt.QLabel("liver")
    assert label.text == "liver"
    label.text = "aorta"
    assert label.text == "aorta"
    with pytest.raises(TypeError):
        label.text()


def test_an_unknown_attribute_is_an_error_to_read_and_to_set():
    label = qt.QLabel("")
    with pytest.raises(AttributeError):
        label.txet  # noqa: B018
    with pytest.raises(AttributeError):
        label.txet = "x"


def test_keyword_arguments_are_errors():
    with pytest.raises(ValueError, match="keyword"):
        qt.QLabel(text="x")
    with pytest.raises(ValueError, match="keyword"):
        qt.QLabel("x").setText(text="y")


def test_a_signal_that_is_not_there_prints_and_is_false(capsys):
    button = qt.QPushButton("x")
    assert button.connect("pushed()", print) is False
    assert button.connect("clicked(QString)", print) is False
    assert "no signal" in capsys.readouterr().err


@pytest.mark.parametrize("signature", ["clicked()", "clicked(bool)", "clicked"])
def test_a_signal_is_connected_by_any_of_its_spellings(signature):
    seen = []
    button = qt.QPushButton("x")
    assert button.connect(signature, lambda: seen.append(1)) is True
    button.click()
    assert seen == [1]
    button.toggled.connect(lambda on: seen.append(on))
    button.setCheckable(True)
    button.checked = True
    assert seen == [1, True]


def test_a_default_argument_of_a_slot_is_overwritten_by_the_signals_value():
    seen = []
    button = qt.QPushButton("x")
    button.clicked.connect(lambda x=7: seen.append(x))
    button.click()
    assert seen == [False]


def test_a_slot_is_disconnected_by_signature_and_function():
    seen = []

    def slot():
        seen.append(1)

    button = qt.QPushButton("x")
    button.connect("clicked()", slot)
    assert button.disconnect("clicked()", slot)
    button.click()
    assert seen == []


def test_lists_come_back_as_tuples_and_enums_are_ints():
    widget = qt.QWidget()
    qt.QLabel("x", widget)
    assert isinstance(widget.children(), tuple)
    assert qt.Qt.AlignLeft == 1
    assert int(qt.QSizePolicy.Expanding) == 7


def test_a_file_dialog_returns_the_path_alone():
    qt.QFileDialog.answers.append("/a/b.zip")
    assert qt.QFileDialog.getOpenFileName(None, "Choose") == "/a/b.zip"
    assert qt.QFileDialog.getOpenFileName(None, "Choose") == ""


def test_what_pythonqt_does_not_have_is_not_there():
    for name in ("Signal", "Slot", "Property"):
        assert not hasattr(qt, name)


def test_an_expanded_section_shows_all_its_children_even_those_that_were_hidden():
    section = ctk.ctkCollapsibleButton()
    layout = qt.QVBoxLayout(section)
    label = qt.QLabel("x")
    layout.addWidget(label)
    label.hide()
    section.collapsed = True
    section.collapsed = False
    assert not label.isHidden()


def test_an_exception_in_a_slot_is_printed_not_raised(monkeypatch):
    import sys

    seen = []
    monkeypatch.setattr(sys, "excepthook", lambda *exception: seen.append(exception[0]))
    button = qt.QPushButton("x")
    button.clicked.connect(lambda: 1 / 0)
    button.click()
    assert seen == [ZeroDivisionError]


def test_a_module_may_set_only_the_attributes_that_slicers_have():
    from slicer_layer.module_objects import Module

    with pytest.raises(AttributeError):
        Module("/a/b.py", None).helptext = "x"


def test_a_parameter_checks_type_and_range(driver):
    parameters = driver.widget.logic.getParameterNode()
    with pytest.raises(ValueError, match="within"):
        parameters.threshold = 2.0
    with pytest.raises(TypeError):
        parameters.inputVolume = slicer.vtkMRMLModelNode()
