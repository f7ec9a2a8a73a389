"""The `qt` module: PySide6's classes in one flat namespace, with PythonQt's few differences."""

import types
import xml.etree.ElementTree as ElementTree
from typing import ClassVar

from PySide6 import QtCore, QtGui, QtNetwork, QtUiTools, QtWidgets

from . import ctk_widgets, mrml_widgets

NOT_IN_PYTHONQT = {"Signal", "Slot", "Property", "QEnum", "QFlag", "ClassInfo", "SIGNAL", "SLOT"}


def module():
    """Return the module object."""
    qt = types.ModuleType("qt")
    for source in (QtCore, QtGui, QtWidgets, QtNetwork):
        for name in dir(source):
            value = getattr(source, name)
            if isinstance(value, type) and name not in NOT_IN_PYTHONQT:
                setattr(qt, name, value)
    qt.QUiLoader = UiLoader
    qt.QFileDialog = FileDialog
    return qt


class FileDialog(QtWidgets.QFileDialog):
    """PythonQt's static functions return the path alone. What the user would choose is set here."""

    answers: ClassVar = []

    @classmethod
    def getOpenFileName(cls, parent=None, caption="", folder="", filter="", *more):
        return cls.answers.pop(0) if cls.answers else ""

    @classmethod
    def getExistingDirectory(cls, parent=None, caption="", folder="", *more):
        return cls.answers.pop(0) if cls.answers else ""


class UiLoader(QtUiTools.QUiLoader):
    """Loads a `.ui` file with the stand-ins for Slicer's and CTK's widgets."""

    STANDINS = (*ctk_widgets.WIDGETS, *mrml_widgets.WIDGETS)

    def load(self, file):
        for cls in self.STANDINS:
            self.registerCustomWidget(cls)
        text = file.readAll().data().decode()
        root = ElementTree.fromstring(text)
        self._check_classes(root)
        connections = root.find("connections")
        if connections is not None:
            root.remove(connections)
        buffer = QtCore.QBuffer()
        buffer.setData(ElementTree.tostring(root))
        buffer.open(QtCore.QIODevice.ReadOnly)
        widget = QtUiTools.QUiLoader.load(self, buffer)
        _connect(widget, connections)
        return widget

    def _check_classes(self, root):
        known = {*self.availableWidgets(), *(cls.__name__ for cls in self.STANDINS)}
        known |= {"Line", "QWidget"}
        used = {widget.get("class") for widget in root.iter("widget")}
        if used - known:
            raise RuntimeError(f"the .ui uses widgets nobody registers: {sorted(used - known)}")


def _connect(widget, connections):
    """Make the connections whose arguments only Slicer's own widgets know."""
    for connection in connections if connections is not None else ():
        parts = {child.tag: child.text for child in connection}
        named = {child.objectName: child for child in widget.findChildren(QtCore.QObject)}
        named[widget.objectName] = widget
        slot = getattr(named[parts["receiver"]], parts["slot"].partition("(")[0])
        if not named[parts["sender"]].connect(parts["signal"], slot):
            raise RuntimeError(f"the .ui connects a signal that is not there: {parts}")
