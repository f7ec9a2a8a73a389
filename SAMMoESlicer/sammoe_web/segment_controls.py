"""The worklist, how masks are written, and the presentation."""

from trame.widgets import html
from trame.widgets import vuetify3 as v3
from trame_server.utils.asynchronous import create_task

from SAMMoESlicerLib.SampleSources import PHANTOM

from .buttons import SPOKEN, icon_button, switch, text_button
from .panel import Panel
from .samples import offered_samples
from .texts import PanelTexts


def draw_segments(panel: Panel, texts: PanelTexts) -> None:
    """Draw the list of segments; a click chooses one, a double click gives another name."""
    with html.Div(classes="sm-section"):
        with html.Div(classes="sm-row mb-1"):
            html.Div("Segments", classes="sm-heading sm-grow mb-0")
            text_button(
                texts, "nextSegmentButton", click=panel.next_segment, disabled=("!has_scan",)
            )
        with (
            html.Div(
                v_if=("segments.length",), classes="sm-list", title=texts.tip("segmentsTable")
            ),
            html.Div(
                v_for="segment in segments",
                key="segment.id",
                classes=("'sm-item' + (segment.is_chosen ? ' sm-item-chosen' : '')",),
                click=(panel.choose_segment, "[segment.id]"),
                dblclick="renamed = segment.id",
                tabindex=0,
                raw_attrs=[
                    ':data-segment="segment.id"',
                    '@keydown.enter.self="$event.target.click()"',
                ],
            ),
        ):
            html.Span(classes="sm-swatch", style=("{ background: segment.color }",))
            html.Div(
                "{{ segment.name }}",
                v_if=("renamed !== segment.id",),
                classes="sm-grow sm-clip",
            )
            html.Input(
                v_if=("renamed === segment.id",),
                classes="sm-field sm-grow",
                change=(panel.rename_segment, "[segment.id, $event.target.value]"),
                raw_attrs=[
                    # set once: bound, a mask that arrives meanwhile would take away what was typed
                    '@vue:mounted="(node) => { node.el.value = segment.name; node.el.select() }"',
                    '@keydown.enter="$event.target.blur()"',
                    '@keydown.esc="$event.target.value = segment.name; $event.target.blur()"',
                    "@blur=\"renamed = ''\"",
                ],
            )
            html.Div("{{ segment.size }}", classes="sm-number sm-faint", raw_attrs=["data-size"])
            icon_button(
                ("segment.is_visible ? 'mdi-eye' : 'mdi-eye-off'",),
                "Show or hide",
                click_stop=(panel.show_segment, "[segment.id, !segment.is_visible]"),
            )
            icon_button(
                "mdi-delete-outline",
                "Delete this segment with its points",
                click_stop=(panel.remove_segment, "[segment.id, $event.detail]"),
            )
        draw_naming(panel, texts)


def draw_naming(panel: Panel, texts: PanelTexts) -> None:
    """Draw the field that names the chosen segment, and the templates."""
    with html.Div(classes="sm-row mt-1"):
        html.Input(
            v_model=("structure",),
            id="structure",
            placeholder=texts.placeholder("structureEdit"),
            title=texts.tip("structureEdit"),
            classes="sm-field sm-grow",
            disabled=("!has_scan",),
            input=(panel.search_structure, "[$event.target.value]"),
            keydown_enter=(panel.name_segment, "[structure]"),
            raw_attrs=[
                "list='structures'",
                "autocomplete='off'",
                "@keyup.enter=\"structure = ''\"",
                "@keydown.esc=\"structure = ''; $event.target.blur()\"",
            ],
            __events=[("keydown_enter", "keydown.enter")],
            __properties=SPOKEN,
            aria_label=texts.tip("structureEdit"),
        )
        with html.Datalist(id="structures"):
            html.Option(v_for="name in structures", key="name", value=("name",))
        button = text_button(texts, "templateButton", disabled=("!has_scan",))
        with button, v3.VMenu(activator="parent"), v3.VList(density="compact"):
            for index, name in enumerate(panel.naming.templates):
                v3.VListItem(title=name, click=(panel.use_template, f"[{index}]"))


def draw_writing(panel: Panel, texts: PanelTexts) -> None:
    """Draw how masks meet other segments and the border of the region."""
    with html.Div(classes="sm-section"):
        html.Div(texts.caption("writingSection"), classes="sm-heading")
        for widget, state, call in (
            ("followCheckBox", "follow", panel.experts.set_follow),
            ("overwriteCheckBox", "overwrites", panel.set_overwrite),
        ):
            switch(texts.caption(widget), texts.tip(widget), state, call)


def draw_presentation(panel: Panel, texts: PanelTexts) -> None:
    """Draw the scripted clicks with their timings."""

    async def load_and_play() -> None:
        phantom = next(sample for sample in offered_samples() if sample.name == PHANTOM)
        if panel.scan.name == PHANTOM or await panel.opener.open_sample(phantom):
            panel.play()

    def play() -> None:
        create_task(load_and_play())  # not awaited: the page may be asked first

    with html.Div(classes="sm-section"):
        html.Div(texts.caption("presentationSection"), classes="sm-heading")
        with html.Div(classes="sm-row"):
            text_button(texts, "playButton", click=play, disabled=("is_playing",))
            text_button(
                texts,
                "nextStepButton",
                click=panel.presentation.go_on,
                disabled=("!has_next_step",),
            )
            text_button(texts, "startOverButton", click=panel.start_over)
        with html.Div(
            v_for="timing in timings",
            key="timing[0]",
            classes="sm-row mt-1",
            raw_attrs=["data-timing"],
        ):
            html.Div("{{ timing[0] }}", classes="sm-grow")
            html.Div("{{ timing[1] }}", classes="sm-faint")
