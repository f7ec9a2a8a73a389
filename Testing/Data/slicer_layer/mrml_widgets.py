"""Stand-ins for Slicer's MRML widgets: same names, properties, invokables and signals."""

import slicer
import vtk
from PySide6 import QtCore, QtGui, QtWidgets

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


class qMRMLSegmentsTableView(QtWidgets.QWidget):
    """The segments of a segmentation: eye, colour, name, status; one can be selected."""

    STATUS_TEXTS = ("", "…", "✓", "!")

    selectionChanged = Signal(object, object)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._node, self._tag, self._ids, self._selected = None, None, (), ()
        self._table = QtWidgets.QTableWidget(0, 4)
        self._table.horizontalHeader().hide()
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(24)
        self._table.setShowGrid(False)
        header = self._table.horizontalHeader()
        header.setMinimumSectionSize(24)
        for column, width in ((0, 24), (1, 28), (3, 28)):
            self._table.setColumnWidth(column, width)
        header.setSectionResizeMode(2, QtWidgets.QHeaderView.Stretch)
        self._table.cellClicked.connect(self._on_clicked)
        self._table.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectRows)
        self._table.setSelectionMode(QtWidgets.QAbstractItemView.SingleSelection)
        self._table.setEditTriggers(QtWidgets.QAbstractItemView.NoEditTriggers)
        self._table.itemSelectionChanged.connect(self._on_selected)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._table)

    def setMRMLScene(self, scene):
        pass

    def segmentationNode(self):
        return self._node

    def setSegmentationNode(self, node):
        if self._node is not None and self._tag:
            self._node.RemoveObserver(self._tag)
        self._node, self._tag = node, None
        if node is not None:
            self._tag = node.AddObserver(vtk.vtkCommand.AnyEvent, lambda *_: self._refresh())
            _stop_observing_when_deleted(self, node, [self._tag])
        self._refresh()

    def selectedSegmentIDs(self):
        return self._selected

    def setSelectedSegmentIDs(self, ids):
        row = self._ids.index(ids[0]) if ids and ids[0] in self._ids else -1
        self._table.clearSelection() if row < 0 else self._table.selectRow(row)

    def clearSelection(self):
        self._table.clearSelection()

    def _refresh(self):
        segmentation = self._node.GetSegmentation() if self._node is not None else None
        ids = tuple(segmentation.GetSegmentIDs()) if segmentation is not None else ()
        looks = [self._look(id) for id in ids]
        if (ids, looks) == getattr(self, "_shown", None):
            return
        self._shown = ids, looks
        selected = self._selected
        blocked = self._table.blockSignals(True)
        self._ids = ids
        self._table.setRowCount(len(ids))
        for row, (name, color, isShown, status) in enumerate(looks):
            self._table.setItem(row, 0, QtWidgets.QTableWidgetItem("●" if isShown else "○"))
            self._table.setItem(row, 3, QtWidgets.QTableWidgetItem(self.STATUS_TEXTS[status]))
            swatch = QtWidgets.QTableWidgetItem("")
            pixmap = QtGui.QPixmap(14, 14)
            pixmap.fill(QtGui.QColor.fromRgbF(*color))
            swatch.setIcon(QtGui.QIcon(pixmap))
            self._table.setItem(row, 1, swatch)
            self._table.setItem(row, 2, QtWidgets.QTableWidgetItem(name))
        self._table.clearSelection()
        self._table.blockSignals(blocked)
        self.setSelectedSegmentIDs([id for id in selected if id in ids])
        self._on_selected()

    def _look(self, segmentId):
        segment = self._node.GetSegmentation().GetSegment(segmentId)
        display = self._node.GetDisplayNode()
        isShown = display is None or bool(display.GetSegmentVisibility(segmentId))
        status = slicer.vtkSlicerSegmentationsModuleLogic.GetSegmentStatus(segment)
        return segment.GetName(), segment.GetColor(), isShown, status

    def _on_clicked(self, row, column):
        """A click on the status goes from one to the next, as Slicer's table does."""
        if column == 3:
            logic = slicer.vtkSlicerSegmentationsModuleLogic
            segment = self._node.GetSegmentation().GetSegment(self._ids[row])
            logic.SetSegmentStatus(segment, (logic.GetSegmentStatus(segment) + 1) % 4)
            self._refresh()

    def _on_selected(self):
        rows = {index.row() for index in self._table.selectionModel().selectedRows()}
        selected = tuple(self._ids[row] for row in rows if row < len(self._ids))
        if selected != self._selected:
            self._selected = selected
            self.selectionChanged(None, None)

    selectionMode = _plain_property(int, "selectionMode", 1)
    segmentCount = Property(int, lambda self: len(self._ids))
    headerVisible = _plain_property(bool, "headerVisible", True)
    visibilityColumnVisible = _plain_property(bool, "visibilityColumnVisible", True)
    colorColumnVisible = _plain_property(bool, "colorColumnVisible", True)
    opacityColumnVisible = _plain_property(bool, "opacityColumnVisible", True)
    statusColumnVisible = _plain_property(bool, "statusColumnVisible", True)
    layerColumnVisible = _plain_property(bool, "layerColumnVisible", False)
    readOnly = _plain_property(bool, "readOnly", False)
    filterBarVisible = _plain_property(bool, "filterBarVisible", False)
    jumpToSelectedSegmentEnabled = _plain_property(bool, "jumpToSelectedSegmentEnabled", False)


WIDGETS = (qMRMLWidget, qMRMLNodeComboBox, qMRMLSegmentsTableView)


def add_to(slicer_module=slicer):
    """Put the widgets where Slicer has them."""
    for cls in WIDGETS:
        setattr(slicer_module, cls.__name__, cls)
