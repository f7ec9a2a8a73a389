"""The volume a segmentation was made for."""

from typing import Any


def referenceVolumeOf(segmentationNode: Any) -> Any:
    """Return the volume node whose grid a segmentation has, or None."""
    role = segmentationNode.GetReferenceImageGeometryReferenceRole()
    return segmentationNode.GetNodeReference(role)
