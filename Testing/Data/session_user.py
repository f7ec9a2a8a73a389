"""What a user does in a session, and what must come of it."""

import numpy as np
import vtk

from fake_client import grown
from sammoe.geometry import transform_points
from SAMMoESlicerLib.Bridge import PromptRole

SETTLED_S = 1.0
"""Long enough for a point that was moved to have come to rest."""


def click(session, position, role=PromptRole.POSITIVE):
    """Place a point, and let the session take it and its answer; returns the markups node."""
    node = session.promptNode(role)
    node.AddControlPointWorld(vtk.vtkVector3d(*position))
    session.poll()
    session.poll()
    return node


def near(point, x, y, z):
    """Return the point moved by mm."""
    return np.add(point, (x, y, z))


def expected(worldVolume, prompts):
    """Return the centres of the voxels the fake client's mask has, (n, 3) RAS mm, sorted."""
    mask = grown(worldVolume, prompts)
    points = transform_points(np.argwhere(mask)[:, ::-1], worldVolume.ijk_to_ras)
    return points[np.lexsort(points.round(3).T)]
