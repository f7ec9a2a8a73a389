"""`sammoe web [SCAN]`: the tool in a browser, without Slicer."""

import argparse
import signal
import webbrowser
from pathlib import Path

from ..errors import SAMMoEError
from .arguments import add_model, count
from .prediction import client_from

MOST_PORT = 65535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "scan", metavar="SCAN", nargs="?", type=Path, help="NIfTI, NRRD, MHA or a DICOM folder"
    )
    group = parser.add_argument_group("server")
    group.add_argument(
        "--host",
        default="127.0.0.1",
        help="the address to listen on; another than this computer's own lets others in who have "
        "the printed address with its token; default: %(default)s",
    )
    group.add_argument(
        "--port", metavar="NUMBER", type=port, default=0, help="0 to 65535; default: 0, a free one"
    )
    group.add_argument(
        "--allow-host", metavar="NAME", action="append", default=[],
        help="a name by which a proxy in front asks for the server; repeat for more",
    )  # fmt: skip
    group.add_argument("--auth-key", default="", help="the secret a trame launcher gives")
    group.add_argument(
        "--idle-exit", metavar="SECONDS", type=count, default=0,
        help="end when no page was open for that long; default: never",
    )  # fmt: skip
    group.add_argument("--no-browser", action="store_true", help="do not open a browser")
    add_model(parser)


def run(arguments: argparse.Namespace) -> None:
    """Serve until Ctrl+C.

    Raises:
        SAMMoEError: What the server needs is not installed, or there is no such scan.
    """
    if arguments.scan is not None and not arguments.scan.exists():
        raise SAMMoEError(f"there is no file or folder {arguments.scan}")
    try:
        from sammoe_web.application import WebApplication, WebOptions
    except ImportError as error:
        raise SAMMoEError(f"{error.name} is missing; pip install 'sammoe[web]'") from error

    def announce(address: str) -> None:
        print(f"SAM-Med3D-MoE is served at {address}  (Ctrl+C ends it)", flush=True)
        if not arguments.no_browser:
            webbrowser.open(address)

    options = WebOptions(
        scan=arguments.scan,
        host=arguments.host,
        port=arguments.port,
        allowed_hosts=tuple(arguments.allow_host),
        auth_key=arguments.auth_key,
        bundle=arguments.bundle or "",
        worker=arguments.worker or "",
        idle_exit_s=arguments.idle_exit,
    )
    application = WebApplication(options, client_from(arguments), on_ready=announce)
    _end_with_the_terminal()
    application.run()


def _end_with_the_terminal() -> None:
    """Let a terminal that is closed end the server as Ctrl+C does, unless it was told to stay."""
    hang_up = getattr(signal, "SIGHUP", None)  # Windows has none
    if hang_up is not None and signal.getsignal(hang_up) is signal.SIG_DFL:
        signal.signal(hang_up, lambda *_: signal.raise_signal(signal.SIGTERM))


def port(text: str) -> int:
    """Return the number of a port; 0: a free one."""
    if not text.isdecimal() or int(text) > MOST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, a number from 0 to {MOST_PORT}")
    return int(text)
