"""Stand-ins for Slicer's MRML widgets: same names, properties, invokables and signals."""

import slicer
from PySide6 import QtCore, QtWidgets

from .segments_table import qMRMLSegmentsTableView

Property, Signal = QtCore.Property, QtCore.Signal


class qMRMLWidget(QtWidgets.QWidget):
    """A widget that knows the scene."""

    mrmlSceneChanged = Signal(object)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene = None

    def mrmlScene(self):
        return self._scene

    def setMRMLScene(self, scene):
        self._scene = scene
        self.mrmlSceneChanged(scene)


def _plain_property(type_, name, default):
    attribute = f"_{name}"
    return Property(
        type_,
        lambda self: getattr(self, attribute, default),
        lambda self, value: setattr(self, attribute, value),
    )


def _stop_observing_when_deleted(widget, observed, tags):
    """Slicer's widgets do that by themselves."""
    widget.destroyed.connect(lambda: [observed.RemoveObserver(tag) for tag in tags])


class qMRMLNodeComboBox(QtWidgets.QWidget):
    """Chooses a node of some classes; follows the scene."""

    currentNodeChanged = Signal(object)
    currentNodeIDChanged = Signal(str)
    nodeAddedByUser = Signal(object)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene, self._tags, self._id, self._ids = None, [], "", []
        self._types = []
        self._box = QtWidgets.QComboBox()
        self._box.setSizeAdjustPolicy(QtWidgets.QComboBox.AdjustToMinimumContentsLengthWithIcon)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._box)
        self._box.activated.connect(lambda index: self._choose(self._ids[index]))

    def setMRMLScene(self, scene):
        for tag in self._tags:
            self._scene.RemoveObserver(tag)
        self._scene, self._tags = scene, []
        if scene is not None:
            events = (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent)
            events += (scene.EndImportEvent,)
            self._tags = [scene.AddObserver(e, lambda *_: self._refresh()) for e in events]
            _stop_observing_when_deleted(self, scene, self._tags)
            self._refresh()

    def currentNode(self):
        return self._scene.GetNodeByID(self._id) if self._scene is not None and self._id else None

    def setCurrentNode(self, node):
        self._choose(node.GetID() if node is not None else "")

    def setCurrentNodeID(self, id):
        self._choose(id)

    def nodeCount(self):
        return len(self._nodes())

    def addNode(self):
        """As 'Create new' in the list."""
        node = self._scene.AddNewNodeByClass(self._types[0])
        self._choose(node.GetID())
        self.nodeAddedByUser(node)
        return node

    def _nodes(self):
        if self._scene is None:
            return []
        found = []
        for name in self._types:
            nodes = self._scene.GetNodesByClass(name)
            found += [nodes.GetItemAsObject(i) for i in range(nodes.GetNumberOfItems())]
        return [node for node in found if self.showHidden or not node.GetHideFromEditors()]

    def _refresh(self):
        nodes = self._nodes()
        self._ids = [node.GetID() for node in nodes]
        names = [node.GetName() for node in nodes]
        if self.noneEnabled or not nodes:
            self._ids, names = ["", *self._ids], ["None", *names]
        self._box.clear()
        self._box.addItems(names)
        keep = self._id if self._id in self._ids else self._ids[0]
        self._choose(keep)

    def _choose(self, id):
        id = id if id in self._ids else ""
        if id in self._ids:
            self._box.setCurrentIndex(self._ids.index(id))
        if id != self._id:
            self._id = id
            self.currentNodeChanged(self.currentNode())
            self.currentNodeIDChanged(id)

    def _set_types(self, names):
        self._types = list(names)
        self._refresh() if self._scene is not None else None

    nodeTypes = Property("QStringList", lambda self: self._types, _set_types)
    currentNodeID = Property(str, lambda self: self._id, lambda self, id: self._choose(id))
    noneEnabled = _plain_property(bool, "noneEnabled", False)
    addEnabled = _plain_property(bool, "addEnabled", True)
    removeEnabled = _plain_property(bool, "removeEnabled", True)
    editEnabled = _plain_property(bool, "editEnabled", False)
    renameEnabled = _plain_property(bool, "renameEnabled", False)
    showHidden = _plain_property(bool, "showHidden", False)
    showChildNodeTypes = _plain_property(bool, "showChildNodeTypes", True)
    selectNodeUponCreation = _plain_property(bool, "selectNodeUponCreation", True)
    noneDisplay = _plain_property(str, "noneDisplay", "")
    baseName = _plain_property(str, "baseName", "")


WIDGETS = (qMRMLWidget, qMRMLNodeComboBox, qMRMLSegmentsTableView)


def add_to(slicer_module=slicer):
    """Put the widgets where Slicer has them."""
    for cls in WIDGETS:
        setattr(slicer_module, cls.__name__, cls)
