"""Object, background, box; undo, redo, reset; what the model does; the points that were placed."""

from trame.widgets import html
from trame.widgets import vuetify3 as v3

from SAMMoESlicerLib.Bridge.PromptStyle import FRAME, INSIDE, OUTSIDE
from SAMMoESlicerLib.HexColor import hexColor

from .buttons import SPOKEN, icon_button, text_button
from .drawing import LASSO, SCRIBBLE
from .panel import Panel
from .texts import PanelTexts

_INSIDE, _OUTSIDE, _FRAME = (hexColor(color) for color in (INSIDE, OUTSIDE, FRAME))
_PLACED = (
    ("positive", "positiveButton", "mdi-plus-thick", _INSIDE),
    ("negative", "negativeButton", "mdi-minus-thick", _OUTSIDE),
    ("box", "boxButton", "mdi-selection", _FRAME),
)
_DRAWN = ((SCRIBBLE, "scribbleButton", "mdi-draw"), (LASSO, "lassoButton", "mdi-lasso"))


def draw_prompts(panel: Panel, texts: PanelTexts) -> None:
    """Draw the buttons that start placing, and the history's."""
    session = panel.session
    with html.Div(classes="sm-section"):
        with html.Div(classes="sm-row"):
            for role, widget, icon, color in _PLACED:
                text_button(
                    texts,
                    widget,
                    icon=icon,
                    click=(panel.place, f"['{role}']"),
                    disabled=("!has_scan",),
                    color=(f"placed === '{role}' ? '{color}' : undefined",),
                    variant=(f"placed === '{role}' ? 'flat' : 'tonal'",),
                    aria_pressed=(f"placed === '{role}'",),
                )
        with html.Div(classes="sm-row mt-2"):
            for kind, widget, icon in _DRAWN:
                text_button(
                    texts,
                    widget,
                    icon=icon,
                    click=(panel.drawing.toggle, f"['{kind}']"),
                    disabled=("!has_scan",),
                    color=(f"placed === '{kind}' ? '{_INSIDE}' : undefined",),
                    variant=(f"placed === '{kind}' ? 'flat' : 'tonal'",),
                    aria_pressed=(f"placed === '{kind}'",),
                )
        with html.Div(classes="sm-row mt-2"):
            text_button(texts, "undoButton", click=session.undo, disabled=("!can_undo",))
            text_button(texts, "redoButton", click=session.redo, disabled=("!can_redo",))
            text_button(texts, "resetButton", click=session.reset, disabled=("!can_reset",))
            html.Div("{{ prompt_count }}", classes="sm-grow sm-faint sm-clip text-right")
    _draw_points(panel)


def draw_status(panel: Panel, texts: PanelTexts) -> None:
    """Draw what the model is doing, with a button to stop it."""
    with html.Div(classes="sm-footer"):
        with html.Div(classes="sm-row", title=texts.tip("statusLabel")):
            html.Span(classes=("'sm-dot sm-dot-' + status_tone",))
            html.Div(
                "{{ status }}",
                classes="sm-grow sm-clip",
                id="status",
                role="status",
                __properties=SPOKEN,
            )
            text_button(
                texts,
                "cancelButton",
                v_show=("is_working",),
                click=panel.session.cancel,
                size="x-small",
            )
        v3.VProgressLinear(
            indeterminate=True, height=3, color="#2fa35a", style=("is_busy ? '' : 'opacity: 0'",)
        )


def draw_notice(panel: Panel, texts: PanelTexts) -> None:
    """Draw the message that counts now; it lies below the panel, so that no row moves."""
    with v3.VAlert(
        v_if=("notice_text",),
        type=("notice_level",),
        density="compact",
        variant="tonal",
        rounded=0,
        id="notice",
    ):
        html.Div("{{ notice_text }}", role="alert", __properties=SPOKEN)
        v3.VBtn(
            "{{ notice_action }}",
            v_if=("notice_action",),
            title=texts.tip("noticeButton"),
            click=panel.act_on_notice,
            size="small",
            variant="tonal",
            classes="text-none mt-1",
        )


def _draw_points(panel: Panel) -> None:
    with html.Div(v_if=("points.length",), classes="sm-section"):
        html.Div("Points", classes="sm-heading")
        with (
            html.Div(classes="sm-list", style="max-height: 100px"),
            html.Div(
                v_for="point in points",
                key="point.number",
                raw_attrs=[':data-point="point.number"'],
                classes="sm-item",
                click=(panel.prompting.jump_to_point, "[point.number]"),
            ),
        ):
            v3.VIcon(
                icon=("point.is_inside ? 'mdi-plus-thick' : 'mdi-minus-thick'",),
                color=(f"point.is_inside ? '{_INSIDE}' : '{_OUTSIDE}'",),
                size="small",
            )
            html.Div("{{ point.number }}", classes="sm-number")
            html.Div("{{ point.place }}", classes="sm-grow sm-faint sm-clip")
            icon_button(
                "mdi-delete-outline",
                "Delete this point",
                click_stop=(panel.prompting.remove_point, "[point.number, $event.detail]"),
            )
