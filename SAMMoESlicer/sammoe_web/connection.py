"""What the page says of its connection: the server is silent, lost, or another one by now."""

import secrets
from typing import Any

from trame.widgets import vuetify3 as v3
from trame_server import Server

SILENT, RESTARTED = "silent", "restarted"
_TEXTS = {
    SILENT: "The server does not answer. Wait: your work is kept there, but what you do now may "
    "come late or be lost.",
    RESTARTED: "The server was started anew. What was not saved in the one before is gone.",
}
_LOST = """<div class="sm-lost"><div>
<div class="sm-lost-title">The connection to the server is lost</div>
The work is kept there. The page comes back with it as soon as the server answers.<br>
If the server was ended, start it again; what was not saved went with it.
</div></div>"""
"""In the place of trame's 'Connection closed'."""


def connection_state(*, is_launched: bool) -> dict[str, Any]:
    """Return what `connection.js` goes by, and what a page without connection shows.

    Args:
        is_launched: A launcher starts a process for each page: none comes back to its work.
    """
    return {
        "server_id": secrets.token_hex(8),
        "is_launched": is_launched,
        "trame__template_error": "" if is_launched else _LOST,
    }


def draw_connection(server: Server) -> None:
    """Draw what `connection.js` finds out; each page for itself."""
    server.state.client_only("connection")
    server.state.update({"connection": ""})
    for kind, text in _TEXTS.items():
        v3.VAlert(
            text,
            v_if=(f"connection === '{kind}'",),
            id=f"connection-{kind}",
            type="warning",
            density="compact",
            closable=kind == RESTARTED,
            click_close="connection = ''",
            classes="sm-connection",
        )
