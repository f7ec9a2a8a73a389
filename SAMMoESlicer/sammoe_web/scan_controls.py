"""Open a scan, choose grey values and layout, save."""

from collections.abc import Callable

from trame.widgets import html
from trame.widgets import vuetify3 as v3
from trame_server.utils.asynchronous import create_task

from .buttons import icon_button
from .panel import Panel
from .samples import offered_samples
from .saving import KINDS
from .uploads import IMAGE_ENDINGS

_PICK_FILES = "$refs.filePicker.click()"
_PICK_FOLDER = "$refs.folderPicker.click()"


def draw_scan(panel: Panel) -> None:
    """Draw the top of the panel."""
    with html.Div(classes="sm-section"):
        with html.Div(classes="sm-row"):
            html.Div(
                "{{ scan_name || 'No scan' }}",
                classes="sm-grow sm-clip text-subtitle-2",
                id="scan",
                title=("scan_name",),
            )
            _draw_open_menu(panel)
            _draw_save_menu()
            icon_button("mdi-theme-light-dark", "Dark or light", click="dark = !dark", size="small")
        with html.Div(classes="sm-row mt-2"):
            _draw_choice("Grey values", "grey_window", "grey_windows", panel.use_window)
            _draw_choice("Layout", "layout", repr(panel.views.layout_names), panel.use_layout)


def draw_welcome(panel: Panel) -> None:
    """Draw what lies over the views while there is no scan."""
    with html.Div(v_if=("!has_scan || opening",), classes="sm-drop"), html.Div():
        with html.Div(v_if=("opening",)):
            v3.VProgressCircular(indeterminate=True, classes="mb-4")
            html.Div("Opening {{ opening }} …")
            v3.VBtn("Cancel", click=panel.cancel_opening, classes="text-none mt-4")
        with html.Div(v_else=True):
            v3.VIcon("mdi-tray-arrow-down", size=48, classes="mb-3")
            html.Div("Drop a CT or MR scan here", classes="text-h6")
            html.Div(
                "NIfTI, NRRD, MHA, or a folder of DICOM slices. It stays on the computer this "
                "page comes from.",
                classes="mb-4",
            )
            with html.Div(classes="d-flex flex-wrap justify-center ga-2"):
                v3.VBtn("Open a file", click=_PICK_FILES, classes="text-none")
                v3.VBtn("Open a DICOM folder", click=_PICK_FOLDER, classes="text-none")
            html.Div("or try one of these", classes="mt-5 mb-2")
            with html.Div(classes="d-flex flex-wrap justify-center ga-2"):
                for sample in offered_samples():
                    v3.VBtn(
                        sample.name,
                        click=_opener(panel, sample.name),
                        variant="outlined",
                        classes="text-none",
                    )
            html.Div("For research only; not a medical device.", classes="mt-5 sm-faint")


def _draw_open_menu(panel: Panel) -> None:
    button = v3.VBtn("Open", size="small", variant="tonal", classes="text-none")
    with button, v3.VMenu(activator="parent"), v3.VList(density="compact"):
        v3.VListItem(title="A file …", click=_PICK_FILES)
        v3.VListItem(title="A DICOM folder …", click=_PICK_FOLDER)
        v3.VDivider()
        for sample in offered_samples():
            v3.VListItem(title=f"Sample: {sample.name}", click=_opener(panel, sample.name))


def _draw_save_menu() -> None:
    with (
        v3.VBtn(
            "Save",
            size="small",
            variant="tonal",
            classes="text-none",
            disabled=("!segments.length",),
        ),
        v3.VMenu(activator="parent"),
        v3.VList(density="compact"),
    ):
        for kind in KINDS:
            v3.VListItem(title=kind.caption, click=f"window.sammoe.save('{kind.id}')")


def draw_pickers() -> None:
    """Draw what the browser's file dialogs come from; nothing of it is seen."""
    endings = ",".join((*IMAGE_ENDINGS, ".gz", ".dcm"))
    for name, extra in (("filePicker", f'accept="{endings}"'), ("folderPicker", "webkitdirectory")):
        html.Input(
            type="file",
            raw_attrs=[f'ref="{name}"', "multiple", extra],
            style="display: none",
            change="window.sammoe.pick($event.target.files); $event.target.value = ''",
        )


def _draw_choice(
    caption: str, state: str, items: str, on_change: Callable[[str], None]
) -> v3.VSelect:
    return v3.VSelect(
        label=caption,
        items=(items,),
        model_value=(state,),
        update_modelValue=(on_change, "[$event]"),
        density="compact",
        variant="outlined",
        hide_details=True,
        classes="sm-grow",
    )


def _opener(panel: Panel, name: str) -> Callable[[], object]:
    sample = next(sample for sample in offered_samples() if sample.name == name)

    def open_it() -> None:
        create_task(panel.opener.open_sample(sample))  # not awaited: the page may be asked first

    return open_it
