"""Axial, coronal, sagittal and 3-D: Slicer's own views, drawn here and sent as pictures."""

from typing import Any

from trame_server import Server
from trame_slicer.app.logic import get_view_trame_id
from trame_slicer.core import LayoutManager, SlicerApp
from trame_slicer.rca_view import register_rca_factories
from trame_slicer.views import Layout, LayoutDirection, ViewLayoutDefinition

from SAMMoESlicerLib.Bridge.ViewObservers import ViewObservers

from .gestures import Gestures
from .view_overlay import draw_slice_overlay, draw_view_overlay

FPS, FPS_ELSEWHERE = 30.0, 10.0
"""Pictures a second at most, of the view under the mouse and of the others."""
QUALITY = 90
"""Of the JPEG pictures; the same while something moves, so that each view is drawn only once."""

FOUR, AXIAL, CORONAL, SAGITTAL, SURFACE = "Four", "Axial", "Coronal", "Sagittal", "3-D"
BACKGROUND_3D = ("#101418", "#262d35")


class Views:
    """The views and how they are laid out.

    Attributes:
        gestures: Takes what two fingers do on the page.

    Args:
        server: The trame server.
        slicer_app: Scene and logics.
    """

    def __init__(self, server: Server, slicer_app: SlicerApp) -> None:
        self._manager = slicer_app.view_manager
        scene = slicer_app.scene
        self._interaction = scene.GetNodeByID("vtkMRMLInteractionNodeSingleton")
        self._crosshair = scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
        register_rca_factories(
            self._manager,
            server,
            slice_view_ui_f=draw_slice_overlay,
            three_d_view_ui_f=draw_view_overlay,
            target_fps=FPS,
            blur_fps=FPS_ELSEWHERE,
            interactive_quality=QUALITY,
        )
        self.layouts = LayoutManager(slicer_app.scene, self._manager, server)
        self.layouts.register_layout_dict(_layouts())
        self.layouts.set_layout(FOUR)
        views = self._manager.get_views()
        self.gestures = Gestures({get_view_trame_id(server, v): v.interactor() for v in views})
        letters = ViewObservers()  # kept from VTK, which ends the process at q or e in a slice
        for view in views:
            view.render_window().SetMultiSamples(0)  # half the time on a processor
            view.renderer().SetUseFXAA(view in self._manager.get_threed_views())
            letters.watch(view.interactor(), {"CharEvent": letters.keep})

    @property
    def layout_names(self) -> list[str]:
        """The layouts on offer."""
        return self.layouts.get_layout_ids()

    @property
    def layout(self) -> str:
        """The layout in use."""
        return self.layouts.layout_id or FOUR

    def use_layout(self, name: str) -> None:
        """Lay the views out in another way."""
        if self.layouts.has_layout(name):
            self.layouts.set_layout(name)

    def interactors(self) -> list[Any]:
        """Return the interactor of every view."""
        return [view.interactor() for view in self._manager.get_views()]

    def slice_interactors(self) -> list[tuple[Any, Any]]:
        """Return interactor and slice node of every slice view."""
        return [(v.interactor(), v.get_view_node()) for v in self._manager.get_slice_views()]

    @property
    def is_adjusting(self) -> bool:
        """Say whether dragging in a slice changes brightness and contrast."""
        mode = self._interaction.GetCurrentInteractionMode()
        return bool(mode == self._interaction.AdjustWindowLevel)

    def adjust(self, on: bool) -> None:
        """Let dragging change brightness and contrast, or move again."""
        if on:
            self._interaction.SetCurrentInteractionMode(self._interaction.AdjustWindowLevel)
        else:
            self._interaction.SwitchToViewTransformMode()

    @property
    def has_crosshair(self) -> bool:
        """Say whether it is shown where the slices cross."""
        return bool(self._crosshair.GetCrosshairMode() != self._crosshair.NoCrosshair)

    def show_crosshair(self, on: bool) -> None:
        """Show where the slices cross; it follows the mouse while Shift is held."""
        shown = self._crosshair.ShowBasic if on else self._crosshair.NoCrosshair
        self._crosshair.SetCrosshairMode(shown)

    def show(self, volume_node: Any) -> None:
        """Show a volume in all slice views, the whole of it, and make room for it in 3-D."""
        for view in self._manager.get_slice_views():
            view.set_background_volume_id(volume_node.GetID())
            view.reset_view()
        bounds = [0.0] * 6
        volume_node.GetRASBounds(bounds)
        for view in self._manager.get_threed_views():
            view.reset_view()
            view.renderer().ResetCamera(bounds)


def _layouts() -> dict[str, Layout]:
    axial, coronal, sagittal = (
        ViewLayoutDefinition.axial_view(),
        ViewLayoutDefinition.coronal_view(),
        ViewLayoutDefinition.sagittal_view(),
    )
    surface = ViewLayoutDefinition.threed_view(background_color=BACKGROUND_3D)
    left = Layout(LayoutDirection.Vertical, [axial, coronal])
    right = Layout(LayoutDirection.Vertical, [surface, sagittal])
    alone = {AXIAL: axial, CORONAL: coronal, SAGITTAL: sagittal, SURFACE: surface}
    return {
        FOUR: Layout(LayoutDirection.Horizontal, [left, right]),
        **{name: Layout(LayoutDirection.Vertical, [view]) for name, view in alone.items()},
    }
