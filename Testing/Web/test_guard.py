# ruff: noqa: E402  what follows needs the skip before it
"""Who is served: asked over real connections, without a browser."""

import re
from contextlib import asynccontextmanager

import pytest

aiohttp = pytest.importorskip("aiohttp", reason="aiohttp is not installed here")

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from own_loop import run
from sammoe_web.guard import Guard

EVERYWHERE = "0.0.0.0"


@asynccontextmanager
async def served(guard):
    async def page(_request):
        return web.Response(text="the page")

    async def socket(request):
        answer = web.WebSocketResponse()
        await answer.prepare(request)
        await answer.send_str("hello")
        await answer.close()
        return answer

    application = web.Application()
    application.add_routes([web.get("/", page), web.get("/ws", socket)])
    guard.protect(application)
    async with TestClient(TestServer(application)) as client:
        yield client


def status(guard, path="/", **headers):
    async def ask():
        async with served(guard) as client:
            answer = await client.get(path, headers=headers, allow_redirects=False)
            return answer.status

    return run(ask())


def test_on_this_computer_the_page_is_served_without_a_token():
    assert Guard("127.0.0.1").token is None
    assert status(Guard("127.0.0.1")) == 200


@pytest.mark.parametrize("path", ["/", "/ws", "/?token=", "/?token=guessed", "/nothing"])
def test_beyond_this_computer_nothing_is_served_without_the_token(path):
    assert status(Guard(EVERYWHERE), path) == 403


def test_the_printed_address_leads_to_the_page_and_the_token_leaves_the_address():
    async def ask():
        guard = Guard(EVERYWHERE)
        async with served(guard) as client:
            first = await client.get(f"/?token={guard.token}", allow_redirects=False)
            assert first.status == 303
            assert first.headers["Location"] == "/"
            assert re.search("HttpOnly.*SameSite=Strict", first.headers["Set-Cookie"])
            page = await client.get("/")
            assert (page.status, await page.text()) == (200, "the page")
            async with client.ws_connect("/ws") as socket:
                assert await socket.receive_str() == "hello"

    run(ask())


def test_two_servers_have_two_tokens():
    assert Guard(EVERYWHERE).token != Guard(EVERYWHERE).token


@pytest.mark.parametrize("path", ["/", "/ws"])
def test_another_sites_page_cannot_make_the_browser_call(path):
    assert status(Guard("127.0.0.1"), path, Origin="https://elsewhere.example") == 403


def test_a_name_bent_to_this_computer_is_not_served():
    assert status(Guard("127.0.0.1"), Host="rebound.example") == 403
    behind_a_proxy = Guard("127.0.0.1", allowed_hosts=("clinic.example",))
    assert status(behind_a_proxy, Host="clinic.example") == 200


def test_the_page_may_not_be_framed_by_another_site():
    async def ask():
        async with served(Guard("localhost")) as client:
            answer = await client.get("/")
            assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"

    run(ask())
