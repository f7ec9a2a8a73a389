"""The dialog that asks before work is lost."""

from trame.widgets import html
from trame.widgets import vuetify3 as v3

from .panel import Panel


def draw_question(panel: Panel) -> None:
    """Draw the dialog; Esc and a click beside it mean 'Cancel'."""
    answer = panel.question.answer
    with (
        v3.VDialog(
            model_value=("!!question",),
            update_modelValue=(answer, "[false]"),
            max_width=520,
        ),
        v3.VCard(title="Save your segments first?", id="question"),
    ):
        with v3.VCardText():
            html.Div("{{ question }}")
            html.Div(
                "'Save first' downloads the segmentation for Slicer (.seg.nrrd).",
                classes="mt-3 sm-faint",
            )
        with v3.VCardActions():
            v3.VSpacer()
            v3.VBtn("Cancel", click=(answer, "[false]"), classes="text-none")
            v3.VBtn("Open without saving", click=(answer, "[true]"), classes="text-none")
            v3.VBtn(
                "Save first",
                click="window.sammoe.saveAndOpen()",
                color="primary",
                variant="flat",
                classes="text-none",
            )
