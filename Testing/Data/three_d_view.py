"""A 3-D view of Slicer's own displayable managers, drawn offscreen and driven by mouse events."""

import slicer
import vtk

from offscreen_view import OffscreenView

MANAGERS = (
    "vtkMRMLCameraDisplayableManager",
    "vtkMRMLViewDisplayableManager",
    "vtkMRMLModelDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager3D",
    "vtkMRMLMarkupsDisplayableManager",
)


class ThreeDView(OffscreenView):
    """One view that shows everything in the scene.

    Args:
        scene: The MRML scene.
        applicationLogic: Its application logic.
        size: Pixels, square.
    """

    def __init__(self, scene, applicationLogic, *, size=300):
        node = scene.AddNewNodeByClass("vtkMRMLViewNode")
        super().__init__(scene, node, vtk.vtkRenderer(), size=(size, size))
        self._size = size
        factory = slicer.vtkMRMLThreeDViewDisplayableManagerFactory.GetInstance()
        style = slicer.vtkMRMLThreeDViewInteractorStyle()
        self._manage(factory, MANAGERS, style, applicationLogic)
        self._renderer.ResetCamera()
        self._window.Render()

    def click_in_the_middle(self):
        """Move the mouse to the middle of the view, press and release the left button."""
        middle = self._size // 2
        for event in (
            "EnterEvent",
            "MouseMoveEvent",
            "LeftButtonPressEvent",
            "LeftButtonReleaseEvent",
        ):
            self.mouse(event, middle, middle)
