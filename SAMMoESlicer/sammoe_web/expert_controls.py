"""How sure the gate is of each expert, and the user's word against it."""

from trame.widgets import html
from trame.widgets import vuetify3 as v3

from .buttons import SPOKEN, icon_button, switch, text_button
from .panel import Panel
from .texts import PanelTexts


def draw_experts(panel: Panel, texts: PanelTexts) -> None:
    """Draw bars, ask again, threshold and disagreement."""
    with html.Div(classes="sm-section"):
        html.Div(
            texts.caption("expertsSection"),
            classes="sm-heading",
            title=texts.tip("expertsSection"),
        )
        html.Div("{{ verdict }}", v_if=("verdict",), classes="mb-1", id="verdict")
        _draw_rows(panel)
        with html.Div(v_if=("experts.length > 1",)):
            _draw_ask_again(panel, texts)
            _draw_threshold(panel, texts)
            _draw_disagreement(panel, texts)


def _draw_rows(panel: Panel) -> None:
    experts = panel.experts
    with html.Div(
        v_for="expert in experts",
        key="expert.id",
        classes=("'sm-expert' + (expert.is_muted ? ' sm-expert-muted' : '')",),
        raw_attrs=[':data-expert="expert.id"'],
    ):
        html.Div(
            "{{ expert.name }}",
            classes="sm-clip sm-expert-name",
            title=("expert.tip",),
            style=("expert.is_used ? 'font-weight: 700' : ''",),
        )
        with html.Div(
            classes="sm-bar",
            title=("expert.sentence",),
            __properties=SPOKEN,
            role="img",
            aria_label=("expert.sentence",),
        ):
            html.Div(
                v_if=("expert.percent !== null && !expert.is_muted",),
                classes="sm-bar-fill",
                style=(
                    "{ width: expert.percent + '%', background: expert.color, "
                    "opacity: expert.is_used ? 1 : 0.6 }",
                ),
            )
            html.Div(
                v_if=("expert.mark !== null",),
                classes="sm-bar-mark",
                style=("{ left: 'calc(' + expert.mark + '% - 1px)' }",),
            )
        html.Div("{{ expert.percent === null ? '' : expert.percent + ' %' }}", classes="sm-number")
        with html.Div(classes="d-flex"):
            for icon, tip, value, call, shown in (
                ("mdi-eye", "Show this decoder's own mask", "is_outlined", experts.outline, ""),
                ("mdi-pin", "Always use this one", "is_pinned", experts.pin, ""),
                ("mdi-cancel", "Never use this one", "is_muted", experts.mute, "expert.can_mute"),
            ):
                icon_button(
                    icon,
                    tip,
                    click=(call, f"[expert.id, !expert.{value}]"),
                    color=(f"expert.{value} ? 'primary' : undefined",),
                    variant=(f"expert.{value} ? 'tonal' : 'text'",),
                    aria_pressed=(f"expert.{value}",),
                    density="comfortable",
                    style=(f"({shown or 'true'}) ? '' : 'visibility: hidden'",),
                )


def _draw_ask_again(panel: Panel, texts: PanelTexts) -> None:
    """Draw the button where it always is, so that nothing moves when it can be pressed."""
    v3.VBtn(
        "{{ ask_again }}",
        id="ask_again",
        title=texts.tip("askAgainButton"),
        click=panel.session.decideAgain,
        disabled=("!can_ask_again",),
        size="small",
        variant="tonal",
        classes="text-none mt-1",
    )


def _draw_threshold(panel: Panel, texts: PanelTexts) -> None:
    with html.Div(classes="sm-row mt-1", title=texts.tip("thresholdLabel")):
        html.Div(texts.caption("thresholdLabel"), classes="sm-faint")
        v3.VSlider(
            model_value=("threshold",),
            update_modelValue=(panel.set_threshold, "[$event]"),
            min=0,
            max=1,
            step=0.01,
            disabled=("auto_threshold",),
            hide_details=True,
            density="compact",
            classes="sm-grow",
            __properties=SPOKEN,
            aria_label=texts.tip("thresholdSlider"),
        )
        html.Div("{{ auto_threshold ? '' : threshold.toFixed(2) }}", classes="sm-number")
        switch(
            texts.caption("autoThresholdCheckBox"),
            texts.tip("autoThresholdCheckBox"),
            "auto_threshold",
            lambda on: panel.set_threshold(None if on else 0.5),
            classes="flex-grow-0",
        )


def _draw_disagreement(panel: Panel, texts: PanelTexts) -> None:
    experts = panel.experts
    with html.Div(classes="sm-row mt-1"):
        text_button(
            texts,
            "disagreementButton",
            click=(experts.compare, "[!is_comparing]"),
            disabled=("!can_compare",),
            variant=("is_comparing ? 'flat' : 'tonal'",),
            aria_pressed=("is_comparing",),
        )
        text_button(
            texts,
            "jumpButton",
            v_if=("is_comparing && !they_agree",),
            click=experts.jump_to_disputed,
            disabled=("!can_jump",),
        )
        html.Div("They agree", v_if=("they_agree",), classes="sm-faint")
