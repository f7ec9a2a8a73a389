"""`slicer.parameterNodeWrapper`: typed properties over a scripted module node, bound to a `.ui`."""

import enum
import sys
import types
import typing
from functools import partial
from typing import ClassVar

import vtk

NAME = "SlicerParameterName"


def add_to(slicer):
    """Make the package importable."""
    module = types.ModuleType("slicer.parameterNodeWrapper")
    module.parameterNodeWrapper = parameterNodeWrapper
    module.WithinRange = WithinRange
    sys.modules["slicer.parameterNodeWrapper"] = module
    slicer.parameterNodeWrapper = module


class WithinRange:
    """An annotation: values outside raise ValueError."""

    def __init__(self, minimum, maximum):
        self.minimum, self.maximum = minimum, maximum

    def validate(self, value):
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{value} is not within [{self.minimum}, {self.maximum}]")


class _Parameter:
    def __init__(self, name, hint, default):
        self.name = name
        self.type, *self.checks = typing.get_args(hint) or (hint,)
        self.default = default

    @property
    def is_node(self):
        return self.type.__name__.startswith("vtkMRML")

    def write(self, node, value):
        for check in self.checks:
            check.validate(value)
        if self.is_node:
            if value is not None and not isinstance(value, self.type):
                raise TypeError(f"{self.name} takes a {self.type.__name__}, got {value!r}")
            node.SetNodeReferenceID(self.name, value.GetID() if value is not None else None)
        elif issubclass(self.type, enum.Enum):
            node.SetParameter(self.name, value.name)
        else:
            if not isinstance(value, (int, float) if self.type is float else self.type):
                raise TypeError(f"{self.name} takes {self.type.__name__}, got {value!r}")
            node.SetParameter(self.name, str(value))

    def read(self, node):
        if self.is_node:
            return node.GetNodeReference(self.name)
        text = node.GetParameter(self.name)
        if issubclass(self.type, enum.Enum):
            return self.type[text]
        return text == "True" if self.type is bool else self.type(text)

    def first(self):
        if self.default is not None or self.is_node:
            return self.default
        return next(iter(self.type)) if issubclass(self.type, enum.Enum) else self.type()


def parameterNodeWrapper(cls):
    """Decorate a class of annotated members."""
    hints = typing.get_type_hints(cls, include_extras=True)
    parameters = {n: _Parameter(n, hint, getattr(cls, n, None)) for n, hint in hints.items()}

    class Wrapper:
        def __init__(self, parameterNode):
            self.parameterNode = parameterNode
            self._guis, self._updating = {}, False
            for name, parameter in parameters.items():
                if not parameter.is_node and not parameterNode.GetParameter(name):
                    parameter.write(parameterNode, parameter.first())

        def AddObserver(self, event, callback, priority=0.0):
            return self.parameterNode.AddObserver(event, callback, priority)

        def RemoveObserver(self, tag):
            self.parameterNode.RemoveObserver(tag)

        def connectGui(self, gui):
            bound = {w.property(NAME): w for w in vars(gui).values() if w.property(NAME)}
            unknown = set(bound) - set(parameters)
            if unknown:
                raise ValueError(f"the .ui names parameters that are not there: {unknown}")
            binding = _Binding(self, bound)
            self._guis[len(self._guis)] = binding
            return len(self._guis) - 1

        def disconnectGui(self, tag):
            if tag in self._guis:
                self._guis.pop(tag).release()

    for name, parameter in parameters.items():
        setattr(Wrapper, name, _property(parameter))
    Wrapper.__name__ = Wrapper.__qualname__ = cls.__name__
    return Wrapper


def _property(parameter):
    return property(
        lambda self: parameter.read(self.parameterNode),
        lambda self, value: parameter.write(self.parameterNode, value),
    )


class _Binding:
    """Keeps widgets and parameters equal, whoever changes first."""

    KINDS: ClassVar = {
        "QCheckBox": ("checked", "toggled(bool)"),
        "ctkSliderWidget": ("value", "valueChanged(double)"),
        "QLineEdit": ("text", "textChanged(QString)"),
        "qMRMLNodeComboBox": (None, "currentNodeChanged(vtkMRMLNode*)"),
        "QComboBox": (None, "currentIndexChanged(int)"),
    }

    def __init__(self, wrapper, bound):
        self._wrapper, self._bound, self._updating = wrapper, bound, False
        self._slots = []
        self.show()
        for name, widget in bound.items():
            signal = self.KINDS[self._kind(widget)][1]
            slot = partial(self._take, name)
            widget.connect(signal, slot)
            self._slots.append((widget, signal, slot))
        self._tag = wrapper.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self.show())

    def release(self):
        self._wrapper.RemoveObserver(self._tag)
        for widget, signal, slot in self._slots:
            widget.disconnect(signal, slot)

    def _kind(self, widget):
        return next(kind for kind in self.KINDS if widget.inherits(kind))

    def _take(self, name, *_sent):
        if self._updating:
            return
        widget = self._bound[name]
        kind = self._kind(widget)
        if kind == "qMRMLNodeComboBox":
            value = widget.currentNode()
        elif kind == "QComboBox":
            value = widget.itemData(widget.currentIndex)
        else:
            value = getattr(widget, self.KINDS[kind][0])
        setattr(self._wrapper, name, value)

    def show(self):
        if self._updating:
            return
        self._updating = True
        try:
            for name, widget in self._bound.items():
                self._show_one(widget, getattr(self._wrapper, name))
        finally:
            self._updating = False

    def _show_one(self, widget, value):
        kind = self._kind(widget)
        if kind == "qMRMLNodeComboBox":
            widget.setCurrentNode(value)
        elif kind == "QComboBox":
            widget.setCurrentIndex(widget.findData(value))
        else:
            setattr(widget, self.KINDS[kind][0], value)
