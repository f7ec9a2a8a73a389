"""The kinds of buttons the page is made of."""

from typing import Any

from trame.widgets import vuetify3 as v3

from .texts import PanelTexts

SPOKEN = [("aria_label", "aria-label"), ("aria_pressed", "aria-pressed"), "role"]
"""Attributes for screen readers, which trame passes on only where they are named."""


def text_button(texts: PanelTexts, widget: str, *, icon: str = "", **attributes: Any) -> v3.VBtn:
    """Draw a button with the caption and the tip of a widget of Slicer's panel."""
    if icon:
        attributes["prepend_icon"] = icon
    return v3.VBtn(
        texts.caption(widget),
        __properties=SPOKEN,
        title=texts.tip(widget),
        **{"size": "small", "variant": "tonal", "classes": "text-none", **attributes},
    )


def icon_button(icon: str, tip: str, **attributes: Any) -> v3.VBtn:
    """Draw a small button without a caption; its tip is what a screen reader says.

    `click_stop` is a click that the row around the button does not hear, nor a double click.
    """
    return v3.VBtn(
        __properties=SPOKEN,
        raw_attrs=["@dblclick.stop"],
        __events=[("click_stop", "click.stop")],
        icon=icon,
        title=tip,
        aria_label=tip,
        **{"size": "x-small", "variant": "text", **attributes},
    )


def switch(caption: str, tip: str, state: str, on_change: Any, **attributes: Any) -> v3.VCheckbox:
    """Draw a box to tick that shows a value of the state and asks the server to change it."""
    return v3.VCheckbox(
        label=caption,
        title=tip,
        model_value=(state,),
        update_modelValue=(on_change, "[$event]"),
        density="compact",
        hide_details=True,
        **attributes,
    )
