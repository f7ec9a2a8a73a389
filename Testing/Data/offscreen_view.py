"""What every view drawn offscreen by Slicer's own displayable managers needs."""

import vtk


class OffscreenView:
    """A window nobody sees, with an interactor and displayable managers.

    Args:
        scene: The MRML scene.
        node: The view's node in it.
        renderer: Draws.
        size: Pixels.
    """

    def __init__(self, scene, node, renderer, *, size):
        self._scene, self.node, self._renderer = scene, node, renderer
        self._window = vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetSize(*size)
        self._window.AddRenderer(renderer)
        self.interactor = vtk.vtkGenericRenderWindowInteractor()
        self.interactor.SetRenderWindow(self._window)

    def _manage(self, factory, managers, style, applicationLogic):
        """Let managers draw the scene and a style take the mouse."""
        factory.SetMRMLApplicationLogic(applicationLogic)
        for manager in managers:
            if not factory.IsDisplayableManagerRegistered(manager):
                factory.RegisterDisplayableManager(manager)
        self._group = factory.InstantiateDisplayableManagers(self._renderer)
        self._group.SetMRMLDisplayableNode(self.node)
        self._style = style
        style.SetDisplayableManagers(self._group)
        style.SetInteractor(self.interactor)
        self.interactor.SetInteractorStyle(vtk.vtkInteractorStyleUser())

    def mouse(self, event, x, y, *, shift=0, pointer=0):
        """Send one event; of another finger if it is of another pointer."""
        self.interactor.SetEventInformation(x, y, 0, shift, "\0", 0, None, pointer)
        self.interactor.SetPointerIndex(pointer)
        self.interactor.InvokeEvent(event)

    def close(self):
        self._group.SetMRMLDisplayableNode(None)
        self._style.SetInteractor(None)
        self._window.Finalize()
        self._scene.RemoveNode(self.node)
