"""Slicer's C++ objects around a scripted module."""

from typing import ClassVar

from PySide6 import QtCore, QtWidgets

from .mrml_widgets import qMRMLWidget


class Module:
    """A `qSlicerScriptedLoadableModule`: only these attributes may be set."""

    ATTRIBUTES: ClassVar = {
        *("title", "categories", "dependencies", "contributors", "helpText", "icon"),
        *("acknowledgementText", "hidden", "index", "associatedNodeTypes"),
        *("path", "python", "instance", "widget"),
    }

    def __init__(self, path, python):
        self.path, self.python = path, python
        self.instance = self.widget = None

    def __setattr__(self, name, value):
        if name not in self.ATTRIBUTES:
            raise AttributeError(f"qSlicerScriptedLoadableModule has no attribute named {name!r}")
        value = tuple(value) if isinstance(value, list) else value  # as PythonQt gives it back
        object.__setattr__(self, name, value)

    def widgetRepresentation(self):
        return self.widget.parent if self.widget is not None else None


class ModuleWidgetParent(qMRMLWidget):
    """A `qSlicerScriptedLoadableModuleWidget`."""

    def __init__(self):
        super().__init__()
        self._entered = False
        self.setLayout(QtWidgets.QVBoxLayout())

    isEntered = QtCore.Property(bool, lambda self: self._entered)


class ModuleManager:
    """`slicer.app.moduleManager()`."""

    def __init__(self):
        self._slots = {}

    def connect(self, signature, slot):
        self._slots.setdefault(signature, []).append(slot)
        return True

    def disconnect(self, signature, slot):
        self._slots[signature].remove(slot)
        return True

    def emit(self, signature, *values):
        for slot in list(self._slots.get(signature, [])):
            slot(*values)


class SegmentEditorModule:
    """`slicer.modules.segmenteditor`, as far as another module hands a segment to it."""

    def __init__(self):
        self.editor = SegmentEditor()

    def widgetRepresentation(self):
        return self

    def self(self):
        return self


class SegmentEditor:
    """A `qMRMLSegmentEditorWidget`."""

    def __init__(self):
        self.segmentationNode = self.sourceVolumeNode = self.currentSegmentID = None

    def setSegmentationNode(self, node):
        self.segmentationNode = node

    def setSourceVolumeNode(self, node):
        self.sourceVolumeNode = node

    def setCurrentSegmentID(self, segmentId):
        self.currentSegmentID = segmentId
