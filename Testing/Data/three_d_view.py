"""A 3-D view of Slicer's own displayable managers, drawn offscreen and driven by mouse events."""

import slicer
import vtk

MANAGERS = (
    "vtkMRMLCameraDisplayableManager",
    "vtkMRMLViewDisplayableManager",
    "vtkMRMLModelDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager3D",
    "vtkMRMLMarkupsDisplayableManager",
)


class ThreeDView:
    """One view that shows everything in the scene.

    Args:
        scene: The MRML scene.
        applicationLogic: Its application logic.
        size: Pixels, square.
    """

    def __init__(self, scene, applicationLogic, *, size=300):
        self._scene, self._size = scene, size
        self.node = scene.AddNewNodeByClass("vtkMRMLViewNode")
        self._renderer = vtk.vtkRenderer()
        self._window = vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetSize(size, size)
        self._window.AddRenderer(self._renderer)
        self.interactor = vtk.vtkGenericRenderWindowInteractor()
        self.interactor.SetRenderWindow(self._window)
        factory = slicer.vtkMRMLThreeDViewDisplayableManagerFactory.GetInstance()
        factory.SetMRMLApplicationLogic(applicationLogic)
        for manager in MANAGERS:
            if not factory.IsDisplayableManagerRegistered(manager):
                factory.RegisterDisplayableManager(manager)
        self._group = factory.InstantiateDisplayableManagers(self._renderer)
        self._group.SetMRMLDisplayableNode(self.node)
        self._style = slicer.vtkMRMLThreeDViewInteractorStyle()
        self._style.SetDisplayableManagers(self._group)
        self._style.SetInteractor(self.interactor)
        self.interactor.SetInteractorStyle(vtk.vtkInteractorStyleUser())
        self._renderer.ResetCamera()
        self._window.Render()

    def click_in_the_middle(self):
        """Move the mouse to the middle of the view, press and release the left button."""
        for event in (
            "EnterEvent",
            "MouseMoveEvent",
            "LeftButtonPressEvent",
            "LeftButtonReleaseEvent",
        ):
            middle = self._size // 2
            self.interactor.SetEventInformation(middle, middle, 0, 0, "\0", 0, None)
            self.interactor.InvokeEvent(event)

    def close(self):
        self._group.SetMRMLDisplayableNode(None)
        self._style.SetInteractor(None)
        self._window.Finalize()
        self._scene.RemoveNode(self.node)
