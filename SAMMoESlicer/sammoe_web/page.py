"""The page: panel and views side by side, or one above the other on a tablet held upright."""

from trame.ui.vuetify3 import VAppLayout
from trame.widgets import client, html
from trame_server import Server

from .connection import draw_connection
from .expert_controls import draw_experts
from .panel import Panel
from .prompt_controls import draw_notice, draw_prompts, draw_status
from .question_dialog import draw_question
from .scan_controls import draw_pickers, draw_scan, draw_welcome
from .segment_controls import draw_presentation, draw_segments, draw_writing
from .texts import PanelTexts

TITLE = "SAM-Med3D-MoE"
_FOLLOW_SYSTEM = "dark = window.sammoe.prefersDark()"


def build_page(server: Server, panel: Panel, texts: PanelTexts) -> None:
    """Describe the page; it shows the server's state and calls the panel."""
    server.state.trame__title = TITLE
    server.state.client_only("dark", "dragging", "renamed", "structure")
    server.state.update({"dark": True, "dragging": False, "renamed": "", "structure": ""})
    with VAppLayout(server, theme=("dark ? 'dark' : 'light'",)) as layout:
        client.ClientTriggers(mounted=_FOLLOW_SYSTEM)
        with html.Div(classes="sm-page"):
            with html.Div(classes="sm-panel"):
                with html.Div(classes="sm-scroll"), html.Div(classes="sm-sections"):
                    draw_scan(panel)
                    draw_prompts(panel, texts)
                    draw_segments(panel, texts)
                    draw_experts(panel, texts)
                    draw_writing(panel, texts)
                    draw_presentation(panel, texts)
                draw_pickers()
                draw_notice(panel, texts)
                draw_status(panel, texts)
            with html.Div(
                classes=("'sm-views' + (dragging ? ' sm-dragging' : '')",),
                raw_attrs=[
                    '@dragover.prevent="dragging = true"',
                    '@dragleave="dragging = false"',
                    '@drop.prevent="dragging = false; window.sammoe.drop($event)"',
                ],
            ):
                panel.views.layouts.initialize_layout_grid(layout)
                draw_welcome(panel)
        draw_question(panel)
        draw_connection(server)
