"""A stand-in for Slicer's table of segments: the same model, columns, invokables and signals."""

import slicer
import vtk
from PySide6 import QtCore, QtGui, QtWidgets

Property, Signal = QtCore.Property, QtCore.Signal
_Logic = slicer.vtkSlicerSegmentationsModuleLogic

VISIBILITY, COLOR, OPACITY, NAME, LAYER, STATUS = range(6)
ID_ROLE = QtCore.Qt.UserRole + 1
STATUS_TEXTS = ("", "…", "✓", "!")


class qMRMLSegmentsModel(QtGui.QStandardItemModel):
    """A row a segment; as Slicer's, it makes an item in every column it has, and fills its own."""

    def __init__(self, parent):
        super().__init__(0, STATUS + 1, parent)
        self._node = None

    def update_from(self, node):
        """Show a segmentation: rows that are there already stay."""
        if node is not self._node:
            self.removeRows(0, self.rowCount())
            self._node = node
        segmentation = node.GetSegmentation() if node is not None else None
        ids = list(segmentation.GetSegmentIDs()) if segmentation is not None else []
        for row in reversed(range(self.rowCount())):
            if self.id_of(row) not in ids:
                self.removeRow(row)
        for row, id in enumerate(ids):
            known = [self.id_of(n) for n in range(self.rowCount())]
            if id not in known:
                self.insertRow(row, [QtGui.QStandardItem() for _ in range(self.columnCount())])
            elif known.index(id) != row:
                self.insertRow(row, self.takeRow(known.index(id)))
            self._fill(row, id)

    def id_of(self, row):
        return self.index(row, 0).data(ID_ROLE)

    def _fill(self, row, id):
        segment = self._node.GetSegmentation().GetSegment(id)
        display = self._node.GetDisplayNode()
        is_shown = display is None or bool(display.GetSegmentVisibility(id))
        for column in range(self.columnCount()):
            self._set(row, column, id, ID_ROLE)
        self._set(row, VISIBILITY, "●" if is_shown else "○")
        self._set(row, NAME, segment.GetName())
        self._set(row, STATUS, STATUS_TEXTS[_Logic.GetSegmentStatus(segment)])
        self._set(row, COLOR, _swatch(segment.GetColor()), QtCore.Qt.DecorationRole)

    def _set(self, row, column, value, role=QtCore.Qt.DisplayRole):
        index = self.index(row, column)
        if index.data(role) != value:
            self.setData(index, value, role)


class qMRMLSegmentsTableView(QtWidgets.QWidget):
    """The segments of a segmentation: eye, colour, name, status; one can be selected."""

    selectionChanged = Signal(object, object)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._node, self._tag, self._selected = None, None, ()
        self._table = QtWidgets.QTableView()
        self._model = qMRMLSegmentsModel(self._table)
        self._proxy = QtCore.QSortFilterProxyModel(self._table)
        self._proxy.setSourceModel(self._model)
        self._table.setModel(self._proxy)
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(24)
        self._table.setShowGrid(False)
        header = self._table.horizontalHeader()
        header.hide()
        header.setMinimumSectionSize(24)
        for column, width in ((VISIBILITY, 24), (COLOR, 28), (STATUS, 28)):
            self._table.setColumnWidth(column, width)
        header.setSectionResizeMode(NAME, QtWidgets.QHeaderView.Stretch)
        for column in (OPACITY, LAYER):
            self._table.setColumnHidden(column, True)
        self._table.clicked.connect(self._on_clicked)
        self._table.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectRows)
        self._table.setSelectionMode(QtWidgets.QAbstractItemView.SingleSelection)
        self._table.setEditTriggers(QtWidgets.QAbstractItemView.NoEditTriggers)
        self._table.selectionModel().selectionChanged.connect(self._on_selected)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._table)

    def setMRMLScene(self, scene):
        pass

    def segmentationNode(self):
        return self._node

    def tableWidget(self):
        return self._table

    def model(self):
        return self._model

    def sortFilterProxyModel(self):
        return self._proxy

    def rowForSegmentID(self, id):
        return self._ids().index(id) if id in self._ids() else -1

    def segmentIDForRow(self, row):
        return self._ids()[row]

    def setSegmentationNode(self, node):
        if self._node is not None and self._tag:
            self._node.RemoveObserver(self._tag)
        self._node, self._tag = node, None
        if node is not None:
            self._tag = node.AddObserver(vtk.vtkCommand.AnyEvent, lambda *_: self._refresh())
            tag = self._tag
            self.destroyed.connect(lambda: node.RemoveObserver(tag))
        self._refresh()

    def selectedSegmentIDs(self):
        return self._selected

    def setSelectedSegmentIDs(self, ids):
        row = self.rowForSegmentID(ids[0]) if ids else -1
        self._table.clearSelection() if row < 0 else self._table.selectRow(row)

    def clearSelection(self):
        self._table.clearSelection()

    def moveSelectedSegmentsUp(self):
        self._move(-1)

    def moveSelectedSegmentsDown(self):
        self._move(1)

    def showOnlySelectedSegments(self):
        display = self._node.GetDisplayNode()
        for id in self._ids():
            display.SetSegmentVisibility(id, id in self._selected)

    def _move(self, by):
        segmentation = self._node.GetSegmentation()
        for id in self._selected:
            row = segmentation.GetSegmentIndex(id) + by
            if 0 <= row < segmentation.GetNumberOfSegments():
                segmentation.SetSegmentIndex(id, row)

    def _ids(self):
        return [self._model.id_of(row) for row in range(self._model.rowCount())]

    def _refresh(self):
        selected = self._selected
        self._model.update_from(self._node)
        self.setSelectedSegmentIDs([id for id in selected if id in self._ids()])
        self._on_selected()

    def _on_clicked(self, index):
        """A click on the status goes from one to the next, as Slicer's table does."""
        if index.column() == STATUS:
            segment = self._node.GetSegmentation().GetSegment(self.segmentIDForRow(index.row()))
            _Logic.SetSegmentStatus(segment, (_Logic.GetSegmentStatus(segment) + 1) % 4)
            self._refresh()

    def _on_selected(self, *_):
        rows = {index.row() for index in self._table.selectionModel().selectedRows()}
        selected = tuple(id for row, id in enumerate(self._ids()) if row in rows)
        if selected != self._selected:
            self._selected = selected
            self.selectionChanged.emit(None, None)

    def _plain_property(type_, name, default):
        attribute = f"_{name}"
        return Property(
            type_,
            lambda self: getattr(self, attribute, default),
            lambda self, value: setattr(self, attribute, value),
        )

    selectionMode = _plain_property(int, "selectionMode", 1)
    segmentCount = Property(int, lambda self: self._model.rowCount())
    headerVisible = _plain_property(bool, "headerVisible", True)
    visibilityColumnVisible = _plain_property(bool, "visibilityColumnVisible", True)
    colorColumnVisible = _plain_property(bool, "colorColumnVisible", True)
    opacityColumnVisible = _plain_property(bool, "opacityColumnVisible", True)
    statusColumnVisible = _plain_property(bool, "statusColumnVisible", True)
    layerColumnVisible = _plain_property(bool, "layerColumnVisible", False)
    readOnly = _plain_property(bool, "readOnly", False)
    filterBarVisible = _plain_property(bool, "filterBarVisible", False)
    jumpToSelectedSegmentEnabled = _plain_property(bool, "jumpToSelectedSegmentEnabled", False)


def _swatch(color):
    """Return a colour as the table shows it."""
    return QtGui.QColor.fromRgbF(*color)
