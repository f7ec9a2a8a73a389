"""Slicer's scene and logics without the application, and nodes to put into it."""

from pathlib import Path

import numpy as np
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from sammoe.geometry import transform_points


class SlicerScene:
    """A scene with what the application would have put around it.

    The segmentations logic registers the converters between labelmaps and surfaces; the data
    manager is what reading an `.mrb` needs.
    """

    def __init__(self, folder):
        self.scene = slicer.vtkMRMLScene()
        self.scene.SetRootDirectory(str(folder))
        application = slicer.vtkMRMLApplicationLogic()
        application.SetMRMLScene(self.scene)
        self.applicationLogic = application
        remote = slicer.vtkMRMLRemoteIOLogic()
        remote.GetCacheManager().SetRemoteCacheDirectory(str(folder))
        remote.SetMRMLScene(self.scene)
        remote.AddDataIOToScene()
        self._logics = [application, remote]
        for name in ("Segmentations", "SubjectHierarchy"):
            self._addLogic(name, getattr(slicer, f"vtkSlicer{name}ModuleLogic")(), application)
        for name in ("Markups", "Transform", "Volumes"):
            self._addLogic(name, getattr(slicer, f"vtkSlicer{name}Logic")(), application)

    def _addLogic(self, name, logic, application):
        logic.SetMRMLApplicationLogic(application)
        logic.SetMRMLScene(self.scene)
        application.SetModuleLogic(name, logic)
        self._logics.append(logic)

    def close(self):
        self.scene.Clear(1)
        self._logics.clear()

    def add(self, nodeClass, name=""):
        node = self.scene.AddNewNodeByClass(nodeClass, name)
        if hasattr(node, "CreateDefaultDisplayNodes"):
            node.CreateDefaultDisplayNodes()
        return node

    def first(self, nodeClass):
        return self.scene.GetFirstNodeByClass(nodeClass)

    def addVolume(self, volume, *, under=None):
        """Add a volume node whose voxels are at `volume.ijk_to_ras` before `under` moves them."""
        node = self.add("vtkMRMLScalarVolumeNode", "CT")
        image = vtk.vtkImageData()
        image.SetDimensions(*volume.shape_ijk.tolist())
        voxels = np.ascontiguousarray(volume.array_kji).ravel()
        image.GetPointData().SetScalars(numpy_to_vtk(voxels, deep=True))
        node.SetAndObserveImageData(image)
        node.SetIJKToRASMatrix(toVtk(volume.ijk_to_ras))
        return moved(node, under)

    def loadVolume(self, path):
        """Read a file as `slicer.util.loadVolume` does."""
        node = self.add("vtkMRMLScalarVolumeNode", Path(path).name.partition(".")[0])
        storage = self.add("vtkMRMLVolumeArchetypeStorageNode")
        storage.SetFileName(str(path))
        if not storage.ReadData(node):
            self.scene.RemoveNode(node)
            raise RuntimeError(f"Failed to load node from file: {path}")
        node.SetAndObserveStorageNodeID(storage.GetID())
        return node

    def addTransform(self, matrix):
        node = self.add("vtkMRMLLinearTransformNode")
        node.SetMatrixTransformToParent(toVtk(matrix))
        return node

    def addWarp(self):
        """Add a transform that is not linear."""
        spline = vtk.vtkThinPlateSplineTransform()
        corners = [(0, 0, 0), (50, 0, 0), (0, 50, 0), (0, 0, 50), (50, 50, 50)]
        source, target = vtk.vtkPoints(), vtk.vtkPoints()
        for x, y, z in corners:
            source.InsertNextPoint(x, y, z)
            target.InsertNextPoint(x + 0.01 * y * y, y, z)
        spline.SetSourceLandmarks(source)
        spline.SetTargetLandmarks(target)
        spline.SetBasisToR()
        node = self.add("vtkMRMLTransformNode")
        node.SetAndObserveTransformToParent(spline)
        return node

    def addSegmentation(self, *, under=None):
        return moved(self.add("vtkMRMLSegmentationNode", "Segmentation"), under)


def toVtk(matrix):
    result = vtk.vtkMatrix4x4()
    result.DeepCopy(np.asarray(matrix, float).ravel())
    return result


def moved(node, transformNode):
    if transformNode is not None:
        node.SetAndObserveTransformNodeID(transformNode.GetID())
    return node


def segmentPoints(segmentationNode, segmentId):
    """Return the world RAS positions of a segment's voxel centres, sorted, shape (N, 3).

    Reads Slicer's own data and transforms, nothing of ours.
    """
    image = slicer.vtkOrientedImageData()
    segmentationNode.GetBinaryLabelmapRepresentation(segmentId, image)
    if min(image.GetDimensions()) < 1:
        return np.zeros((0, 3))
    voxels = vtk_to_numpy(image.GetPointData().GetScalars())
    kji = np.argwhere(voxels.reshape(image.GetDimensions()[::-1]))
    ijk = kji[:, ::-1] + np.array(image.GetExtent())[::2]
    imageToNode, nodeToWorld = vtk.vtkMatrix4x4(), vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(imageToNode)
    if segmentationNode.GetParentTransformNode() is not None:
        segmentationNode.GetParentTransformNode().GetMatrixTransformToWorld(nodeToWorld)
    toWorld = asArray(nodeToWorld) @ asArray(imageToNode)
    points = transform_points(ijk, toWorld)
    return points[np.lexsort(points.round(3).T)]


def asArray(matrix):
    return np.array([[matrix.GetElement(r, c) for c in range(4)] for r in range(4)])


def surfaceBounds(segmentationNode, segmentId):
    """Return the world bounds (2, 3) of a segment's closed surface, or None without one."""
    surface = vtk.vtkPolyData()
    if not segmentationNode.GetClosedSurfaceRepresentation(segmentId, surface):
        return None
    return np.reshape(surface.GetBounds(), (3, 2)).T
