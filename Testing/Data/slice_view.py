"""A slice view of Slicer's own displayable managers, drawn offscreen and driven by mouse events."""

import slicer
import vtk

from offscreen_view import OffscreenView

MANAGERS = (
    "vtkMRMLVolumeGlyphSliceDisplayableManager",
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLMarkupsDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager",
)


class SliceView(OffscreenView):
    """One view.

    Args:
        scene: The MRML scene.
        applicationLogic: Its application logic.
        name: "Red", "Green" or "Yellow".
        orientation: "Axial", "Coronal" or "Sagittal".
        size: Pixels.
    """

    def __init__(
        self, scene, applicationLogic, *, name="Red", orientation="Axial", size=(400, 400)
    ):
        self._shift = 0
        self.logic = slicer.vtkMRMLSliceLogic()
        self.logic.SetMRMLApplicationLogic(applicationLogic)
        self.logic.SetMRMLScene(scene)
        if applicationLogic.GetSliceLogics() is None:
            applicationLogic.SetSliceLogics(vtk.vtkCollection())
        applicationLogic.GetSliceLogics().AddItem(self.logic)  # who zooms and pans looks there
        self._applicationLogic = applicationLogic
        node = self.logic.AddSliceNode(name)
        node.SetOrientation(orientation)
        node.SetDimensions(*size, 1)
        super().__init__(scene, node, self._image_renderer(), size=size)
        self._window.SetMultiSamples(0)
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        style = slicer.vtkMRMLSliceViewInteractorStyle()
        style.SetSliceLogic(self.logic)
        self._manage(factory, MANAGERS, style, applicationLogic)

    def show(self, volumeNode):
        """Show a volume as background, the whole of it."""
        self._colour_grey(volumeNode)
        composite = self.logic.GetSliceCompositeNode()
        composite.SetBackgroundVolumeID(volumeNode.GetID())
        self.logic.FitSliceToAll()
        self.render()

    def render(self):
        self.logic.UpdatePipeline()
        self._mapper.SetInputConnection(self.logic.GetImageDataConnection())
        self._window.Render()

    def click(self, point_ras):
        """Move the mouse to a position in the world, press and release the left button."""
        self.drag([point_ras])

    def drag(self, points_ras, *, button="Left", shift=False):
        """Press a button at the first position, move through the others, release it."""
        self._shift = int(shift)
        pixels = [self.pixel(point) for point in points_ras]
        self.mouse("EnterEvent", *pixels[0])
        self.mouse("MouseMoveEvent", *pixels[0])
        self.mouse(f"{button}ButtonPressEvent", *pixels[0])
        for pixel in pixels[1:]:
            self.mouse("MouseMoveEvent", *pixel)
        self.mouse(f"{button}ButtonReleaseEvent", *pixels[-1])

    def mouse(self, event, x, y, *, pointer=0):
        """Send one event."""
        super().mouse(event, x, y, shift=self._shift, pointer=pointer)

    def press(self, *points_ras):
        """Press the left button, or a finger, at the first position and move through the others."""
        self.mouse("MouseMoveEvent", *self.pixel(points_ras[0]))
        self.mouse("LeftButtonPressEvent", *self.pixel(points_ras[0]))
        for point in points_ras[1:]:
            self.mouse("MouseMoveEvent", *self.pixel(point))

    def release(self, point_ras):
        """Release the left button."""
        self.mouse("LeftButtonReleaseEvent", *self.pixel(point_ras))

    def second_finger(self, *points_ras):
        """Put a second finger down, move it and lift it, as Qt's views tell of it."""
        kinds = ["LeftButtonPressEvent", *["MouseMoveEvent"] * (len(points_ras) - 1)]
        for kind, point in zip(kinds, points_ras, strict=True):
            self.mouse(kind, *self.pixel(point), pointer=1)
        self.mouse("LeftButtonReleaseEvent", *self.pixel(points_ras[-1]), pointer=1)

    def pinch(self, point_ras, *factors):
        """Spread two fingers around a position, as Qt's views tell of it."""
        kinds = ["StartPinch", *["Pinch"] * len(factors), "EndPinch"]
        for kind, factor in zip(kinds, [1.0, *factors, factors[-1]], strict=True):
            self.interactor.SetScale(factor)
            self.mouse(f"{kind}Event", *self.pixel(point_ras))

    def pixel(self, point_ras):
        """Return the pixel of a position, counted from the lower left."""
        rasToXy = vtk.vtkMatrix4x4()
        vtk.vtkMatrix4x4.Invert(self.node.GetXYToRAS(), rasToXy)
        x, y, _z, _w = rasToXy.MultiplyPoint((*point_ras, 1.0))
        return round(x), round(y)

    def save(self, path):
        """Write what the view shows as a PNG."""
        self.render()
        grabber = vtk.vtkWindowToImageFilter()
        grabber.SetInput(self._window)
        grabber.ReadFrontBufferOff()
        writer = vtk.vtkPNGWriter()
        writer.SetFileName(str(path))
        writer.SetInputConnection(grabber.GetOutputPort())
        writer.Write()

    def close(self):
        self._applicationLogic.GetSliceLogics().RemoveItem(self.logic)
        super().close()
        self._scene.RemoveNode(self.logic.GetSliceCompositeNode())
        self.logic.SetMRMLScene(None)

    def _colour_grey(self, volumeNode):
        """Do what the Volumes and Colors modules do when a volume is loaded."""
        grey = self._scene.GetFirstNodeByName("Grey") or self._scene.AddNewNodeByClass(
            "vtkMRMLColorTableNode", "Grey"
        )
        grey.SetTypeToGrey()
        volumeNode.CreateDefaultDisplayNodes()
        volumeNode.GetDisplayNode().SetAndObserveColorNodeID(grey.GetID())
        volumeNode.GetDisplayNode().AutoWindowLevelOn()

    def _image_renderer(self):
        self._mapper = vtk.vtkImageMapper()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        actor = vtk.vtkActor2D()
        actor.SetMapper(self._mapper)
        renderer = vtk.vtkRenderer()
        renderer.AddViewProp(actor)
        renderer.GetActiveCamera().ParallelProjectionOn()
        return renderer
