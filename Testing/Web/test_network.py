"""A server that others on the network may reach: everything needs the token of its address."""

import signal
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from web_server import PATIENCE_MS, WebPage, WebServer


@pytest.fixture(scope="module")
def open_server(tmp_path_factory):
    """A server on all addresses of this computer, without a scan: no worker starts."""
    server = WebServer("--host", "0.0.0.0", log=tmp_path_factory.mktemp("open") / "server.log")
    yield server
    server.close()


@pytest.fixture
def address(open_server):
    return f"http://127.0.0.1:{urlsplit(open_server.address).port}/"


SOCKET = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
          "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip


@pytest.mark.parametrize("headers", [{}, {"Cookie": "sammoe_00000000=guessed"}, SOCKET])
@pytest.mark.parametrize("path", ["", "ws", "sammoe_web/sammoe.js", "?token=guessed"])
def test_without_the_token_nothing_is_served(address, path, headers):
    with pytest.raises(HTTPError, match="403"):
        urlopen(Request(address + path, headers=headers), timeout=30)


def test_with_the_printed_address_the_page_works_and_its_cookie_is_one_browsers(
    open_server, address, browser
):
    assert "?token=" in open_server.address
    own, other = browser.new_context(), browser.new_context()
    printed = open_server.address.replace("0.0.0.0", "127.0.0.1")
    page = WebPage(own.new_page(), printed)
    page.wait_for("document.querySelector('#status').innerText.length > 0")  # over the socket
    assert "token" not in page.page.url
    assert other.new_page().goto(address).status == 403
    assert page.errors == []
    own.close()
    other.close()


@pytest.fixture
def hang_up_ends():
    """Hanging up ends what is started here, even where the tests run under `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hang_up_ends")
@pytest.mark.parametrize("ended_by", [signal.SIGHUP, signal.SIGTERM])
def test_a_server_whose_terminal_is_closed_leaves_no_scan_behind(tmp_path, monkeypatch, ended_by):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    server = WebServer(log=tmp_path / "server.log")
    with server.process.stdout:
        assert list(tmp_path.glob("sammoe-uploads-*"))
        server.process.send_signal(ended_by)
        assert server.process.wait(timeout=PATIENCE_MS / 1000) == 0
    assert not list(tmp_path.glob("sammoe-uploads-*"))
