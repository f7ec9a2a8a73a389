"""What lies on top of a view: its name, the patient's sides, the slice slider, fit and zoom."""

from typing import Any

import numpy as np
from trame.widgets import html
from trame.widgets import vuetify3 as v3
from trame_server import Server
from trame_slicer.app.logic import connect_slice_view_slider_to_state

from .buttons import SPOKEN, icon_button

_SIDES = (("L", "R"), ("P", "A"), ("I", "S"))
"""Letters against and along each world axis: R, A, S grow to the right, front and head."""
_SHARED = (
    ("mdi-contrast-circle", "Drag for brightness and contrast", "adjust", "is_adjusting"),
    ("mdi-crosshairs", "Crosshair, follows the mouse with Shift", "crosshair", "has_crosshair"),
)
"""Of all slice views: icon, tip, what the page asks for, and the state that shows it."""


def draw_view_overlay(_server: Server, view_id: str, view: Any) -> None:
    """Put name and buttons on a view."""
    _draw_buttons(view_id, view, name="3-D")


def draw_slice_overlay(server: Server, view_id: str, view: Any) -> None:
    """Put name, buttons, the patient's sides and a slider on a slice view."""
    _draw_buttons(view_id, view, name=view.get_orientation(), is_slice=True)
    sides = f"{view_id}_sides"

    def show_sides(_view: Any = None) -> None:
        server.state[sides] = sides_of(view)

    view.modified.connect(show_sides)
    show_sides()
    for n, place in enumerate(("left", "right", "top", "bottom")):
        html.Div(f"{{{{ {sides}[{n}] }}}}", classes=f"sm-side sm-side-{place}")
    slider = connect_slice_view_slider_to_state(server, view)
    v3.VSlider(
        classes="sm-slice-slider",
        v_model=(slider.name.value,),
        min=(slider.name.min_value,),
        max=(slider.name.max_value,),
        step=(slider.name.step,),
        hide_details=True,
        density="compact",
        color="white",
        __properties=SPOKEN,
        aria_label=f"Slice, {view.get_orientation()}",
    )


def sides_of(view: Any) -> list[str]:
    """Return the patient's sides at the left, right, top and bottom of a slice view.

    Slices may be oblique; the letter is that of the nearest axis.
    """
    slice_to_ras = view.get_view_node().GetSliceToRAS()
    letters = []
    for column in (0, 1):
        along = np.array([slice_to_ras.GetElement(row, column) for row in range(3)])
        axis = int(np.argmax(np.abs(along)))
        against, ahead = _SIDES[axis] if along[axis] > 0 else _SIDES[axis][::-1]
        letters += [against, ahead] if column == 0 else [ahead, against]
    return letters


def _draw_buttons(view_id: str, view: Any, *, name: str, is_slice: bool = False) -> None:
    with html.Div(classes="sm-view-buttons", raw_attrs=[f"data-view='{view_id}'"]):
        html.Span(name, classes="sm-view-name")
        if is_slice:
            for icon, tip, key, state in _SHARED:
                icon_button(
                    icon,
                    f"{name}: {tip}",
                    click=f"trigger('sammoe_key', ['{key}'])",
                    color=(f"{state} ? '#ffd54a' : 'white'",),
                    aria_pressed=(state,),
                )
        for icon, tip, call in (
            ("mdi-fit-to-page-outline", "Show everything", view.reset_view),
            ("mdi-magnify-plus-outline", "Nearer", view.zoom_in),
            ("mdi-magnify-minus-outline", "Farther", view.zoom_out),
        ):
            icon_button(icon, f"{name}: {tip}", click=call, color="white")
