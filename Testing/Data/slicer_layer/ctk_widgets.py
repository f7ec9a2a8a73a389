"""Stand-ins for the CTK widgets a panel uses: same names, properties and signals."""

import types

from PySide6 import QtCore, QtGui, QtWidgets

Property, Signal = QtCore.Property, QtCore.Signal
HEADER_PX = 26


class ctkCollapsibleButton(QtWidgets.QAbstractButton):
    """A header that hides and shows what is laid out in it."""

    contentsCollapsed = Signal(bool)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._collapsed = False
        self.setContentsMargins(0, HEADER_PX, 0, 0)
        self.setSizePolicy(QtWidgets.QSizePolicy.Preferred, QtWidgets.QSizePolicy.Preferred)
        self.clicked.connect(lambda: self._collapse(not self._collapsed))

    def _collapse(self, collapsed):
        if collapsed == self._collapsed:
            return
        self._collapsed = collapsed
        self._show_contents()
        self.setMaximumHeight(HEADER_PX if collapsed else 16777215)
        self.updateGeometry()
        self.contentsCollapsed(collapsed)

    def _show_contents(self):
        for child in self.children():
            if isinstance(child, QtWidgets.QWidget):
                child.setVisible(not self._collapsed)

    def childEvent(self, event):
        child = event.child()
        if self._collapsed and isinstance(child, QtWidgets.QWidget):
            child.setVisible(False)

    def showEvent(self, event):
        if self._collapsed:
            self._show_contents()

    def sizeHint(self):
        layout = self.layout()
        size = layout.sizeHint() if layout is not None else QtCore.QSize(80, HEADER_PX)
        return QtCore.QSize(size.width(), HEADER_PX if self._collapsed else size.height())

    def minimumSizeHint(self):
        return self.sizeHint() if not self._collapsed else QtCore.QSize(10, HEADER_PX)

    def paintEvent(self, event):
        painter = QtGui.QPainter(self)
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect = QtCore.QRect(0, 0, self.width, HEADER_PX - 2)
        style = self.style()
        style.drawControl(QtWidgets.QStyle.CE_PushButtonBevel, option, painter, self)
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QtCore.QRect(6, 6, 12, 12)
        element = QtWidgets.QStyle.PE_IndicatorArrowRight
        if not self._collapsed:
            element = QtWidgets.QStyle.PE_IndicatorArrowDown
        style.drawPrimitive(element, arrow, painter, self)
        painter.setPen(self.palette.color(QtGui.QPalette.ButtonText))
        text = QtCore.QRect(24, 0, self.width - 28, HEADER_PX - 2)
        painter.drawText(text, QtCore.Qt.AlignVCenter | QtCore.Qt.AlignLeft, self.text)
        painter.end()

    collapsed = Property(bool, lambda self: self._collapsed, _collapse)


class ctkSliderWidget(QtWidgets.QWidget):
    """A slider with a spin box."""

    valueChanged = Signal(float)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._slider = QtWidgets.QSlider(QtCore.Qt.Horizontal)
        self._box = QtWidgets.QDoubleSpinBox()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider)
        layout.addWidget(self._box)
        self._slider.setRange(0, 1000)
        self._slider.valueChanged.connect(lambda v: self._box.setValue(self._low + v * self._unit))
        self._box.valueChanged.connect(self._forward)

    @property
    def _low(self):
        return self._box.minimum

    @property
    def _unit(self):
        return (self._box.maximum - self._box.minimum) / 1000 or 1.0

    def _forward(self, value):
        was_blocked = self._slider.blockSignals(True)
        self._slider.setValue(round((value - self._low) / self._unit))
        self._slider.blockSignals(was_blocked)
        self.valueChanged(value)

    def setValue(self, value):
        self._box.setValue(value)

    value = Property(float, lambda self: self._box.value, setValue)
    minimum = Property(float, lambda self: self._low, lambda self, v: self._box.setMinimum(v))
    maximum = Property(
        float, lambda self: self._box.maximum, lambda self, v: self._box.setMaximum(v)
    )
    singleStep = Property(
        float, lambda self: self._box.singleStep, lambda self, v: self._box.setSingleStep(v)
    )
    decimals = Property(
        int, lambda self: self._box.decimals, lambda self, v: self._box.setDecimals(v)
    )


WIDGETS = (ctkCollapsibleButton, ctkSliderWidget)


def module():
    """Return the `ctk` module."""
    ctk = types.ModuleType("ctk")
    for cls in WIDGETS:
        setattr(ctk, cls.__name__, cls)
    return ctk
