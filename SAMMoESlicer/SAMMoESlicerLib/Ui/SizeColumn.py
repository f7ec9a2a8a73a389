"""Every segment's size in Slicer's own table: one more column, kept up to date."""

from typing import Any

import qt
from slicer.i18n import tr as _

from ..Bridge.SegmentSizes import SegmentSizes


class SizeColumn:
    """Adds a column to the table's model and writes millilitres into it.

    The table's other columns are Slicer's own; it makes an item in each column a model has.

    Args:
        table: Slicer's qMRMLSegmentsTableView, before it shows a segmentation.
    """

    def __init__(self, table: Any) -> None:
        self._table = table
        self._view = table.tableWidget()
        self._sizes = SegmentSizes()
        self._node: Any = None
        self._isStale = self._isWriting = False
        model = table.model()
        self._column = model.columnCount()
        model.setColumnCount(self._column + 1)
        header = self._view.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(self._column, qt.QHeaderView.ResizeToContents)
        for signal in ("rowsInserted(QModelIndex,int,int)", "dataChanged(QModelIndex,QModelIndex)"):
            model.connect(signal, self._onTableChanged)

    def follow(self, segmentationNode: Any) -> None:
        """Be about a segmentation, or about none."""
        if segmentationNode is not self._node:
            self._node = segmentationNode
            self._sizes.follow(segmentationNode)

    def poll(self) -> None:
        """Go on counting, and write what is known; never waits."""
        if self._sizes.poll():
            self._isStale = True
        if self._isStale and self._node is not None:
            self._isStale = False
            self._isWriting = True
            for segmentId in self._node.GetSegmentation().GetSegmentIDs():
                self._write(segmentId)
            self._isWriting = False

    def text(self, segmentId: str) -> str:
        """Return what stands in a segment's row; empty where nothing is drawn."""
        ml = self._sizes.ml(segmentId)
        if not ml:
            return ""
        return _("{ml:.0f} ml").format(ml=ml) if ml >= 100 else _("{ml:.1f} ml").format(ml=ml)

    def close(self) -> None:
        """Let go of the segmentation."""
        self.follow(None)

    def _write(self, segmentId: str) -> None:
        row = self._table.rowForSegmentID(segmentId)
        if row < 0 or self._node.GetDisplayNode() is None:
            return
        shown = self._view.model()
        index = shown.index(row, self._column)
        text = self.text(segmentId)
        if (shown.data(index) or "") != text:
            shown.setData(
                index, int(qt.Qt.AlignRight | qt.Qt.AlignVCenter), qt.Qt.TextAlignmentRole
            )
            shown.setData(index, text)

    def _onTableChanged(self) -> None:
        """Write again what the table may have lost, or what somebody typed over."""
        if not self._isWriting:
            self._isStale = True
