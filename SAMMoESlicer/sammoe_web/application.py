"""One process, one scene: trame's server, Slicer's scene, the session and the page put together."""

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trame.app import get_server
from trame_server.utils.asynchronous import create_task
from trame_slicer.core import SlicerApp

from sammoe.user_cache import user_cache
from sammoe.worker import WorkerClient
from SAMMoESlicerLib.Bridge.SlicerTerminologies import terminologyStructures
from SAMMoESlicerLib.BundleChoice import BundleChoice
from SAMMoESlicerLib.Phase import Phase
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from SAMMoESlicerLib.StructureSources import StructureSources

from .connection import connection_state
from .guard import TOKEN_PARAMETER, Guard
from .offscreen import be_quiet, draw_offscreen
from .page import build_page
from .page_left import PageLeft
from .page_requests import PageRequests
from .page_state import page_state
from .panel import Panel
from .resources import resource_path
from .texts import PanelTexts
from .views import Views

POLL_INTERVAL_S, AWAITING_INTERVAL_S = 0.03, 0.005
"""Between two polls; and while a mask is awaited, so that it is seen at once."""
_SERVED = "sammoe_web"


@dataclass(frozen=True)
class WebOptions:
    """How the server is started.

    Attributes:
        scan: A scan to open at once, or None.
        host: The address to listen on.
        port: 0: a free one.
        allowed_hosts: Further names by which the server is reached.
        token: None: one is made where the host is not this computer's own.
        auth_key: What a page must say to talk to the server; empty: trame's own.
        bundle: Folder of the model; empty: the built-in one.
        worker: Command line of a worker elsewhere; empty: this computer.
        downloads: Where samples are kept.
        idle_exit_s: End when no page was open for that long; 0: never.
    """

    scan: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    allowed_hosts: tuple[str, ...] = ()
    token: str | None = None
    auth_key: str = ""
    bundle: str = ""
    worker: str = ""
    downloads: Path = field(default_factory=lambda: user_cache() / "sammoe")
    idle_exit_s: int = 0


class _Settings:
    """The command line's choice of model and worker, in the place of a user's settings."""

    def __init__(self, bundle: str, worker: str) -> None:
        self._values: dict[str, str] = {"SAMMoE/Bundle": bundle, "SAMMoE/Command": worker}

    def value(self, key: str) -> str | None:
        """Return what is kept under a key, or None."""
        return self._values.get(key)

    def setValue(self, key: str, value: str) -> None:  # noqa: N802  as QSettings has it
        """Keep a value."""
        self._values[key] = value


class WebApplication:
    """The tool, served.

    Attributes:
        panel: What the page calls and shows.

    Args:
        options: How.
        client: The worker's, not started yet.
        on_ready: Called with the address to open, once it is served.
    """

    def __init__(
        self, options: WebOptions, client: WorkerClient, *, on_ready: Callable[[str], None]
    ) -> None:
        self._options = options
        self._on_ready = on_ready
        self._guard = Guard(options.host, allowed_hosts=options.allowed_hosts, token=options.token)
        self._server = get_server("sammoe", client_type="vue3")
        self._server.enable_module(
            {
                "serve": {_SERVED: str(Path(__file__).with_name("serve"))},
                "scripts": [
                    f"{_SERVED}/{name}.js" for name in ("connection", "sammoe", "view_input")
                ],
                "styles": [f"{_SERVED}/sammoe.css"],
            }
        )
        draw_offscreen()
        slicer_app = SlicerApp()
        be_quiet()
        settings = _Settings(options.bundle, options.worker)
        choice = BundleChoice(settings, options.downloads / "Models")
        session = SegmentationSession(slicer_app.scene, client)
        views = Views(self._server, slicer_app)
        sources = StructureSources(
            resource_path("Templates"),
            lambda: terminologyStructures(slicer_app.terminologies_logic),
        )
        self.panel = Panel(
            slicer_app.scene, session, choice, views, sources=sources, downloads=options.downloads
        )
        self.panel.changed.connect(self._mark)
        self._is_stale = True
        self._slicer_app = slicer_app
        self._server.state.update(page_state(self.panel))
        build_page(self._server, self.panel, PanelTexts(resource_path("UI", "SAMMoESlicer.ui")))
        is_launched = bool(options.auth_key)
        self._server.state.update(connection_state(is_launched=is_launched))
        self._requests = PageRequests(self._server, self.panel)
        left = PageLeft(views.interactors(), self.panel.prompting.mouse.giveUp)
        self._server.add_protocol_to_configure(lambda served: served.registerLinkProtocol(left))
        self._server.controller.on_server_bind.add(self._protect)
        self._server.controller.on_server_ready.add(self._begin)

    def run(self) -> None:
        """Serve until the process is ended."""
        os.environ["WSLINK_READY_MSG"] = ""
        # trame reads the command line itself unless it is given another one
        key = self._options.auth_key
        os.environ["TRAME_ARGS"] = f"--authKey {key}" if key else "--server"
        try:
            self._server.start(
                host=self._options.host,
                port=self._options.port,
                timeout=self._options.idle_exit_s,
                open_browser=False,
                show_connection_info=False,
            )
        finally:
            self.panel.close()

    @property
    def address(self) -> str:
        """What to open in a browser."""
        host, port = self._options.host, self._server.port
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        token = self._guard.token
        return f"{address}?{TOKEN_PARAMETER}={token}" if token else address

    def _protect(self, web_server: Any) -> None:
        self._guard.protect(web_server.app)

    def _begin(self, **_state: Any) -> None:
        self._on_ready(self.address)
        create_task(self._keep_going())
        if self._options.scan is not None:
            create_task(self.panel.opener.open_path(self._options.scan))

    async def _keep_going(self) -> None:
        while True:
            self.panel.poll()
            if self._is_stale:
                self._is_stale = False
                self._refresh()
            awaits = self.panel.session.worker.phase is Phase.WORKING
            await asyncio.sleep(AWAITING_INTERVAL_S if awaits else POLL_INTERVAL_S)

    def _refresh(self) -> None:
        try:
            with self._server.state as state:
                state.update(page_state(self.panel))
        except Exception:
            logging.getLogger(__name__).exception("while refreshing the page")

    def _mark(self) -> None:
        self._is_stale = True
