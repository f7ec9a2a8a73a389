"""Who may talk to the server: the page itself, and nobody without the token where one is needed."""

import hmac
import ipaddress
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

TOKEN_PARAMETER = "token"
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Guard:
    """Lets a request through if it comes from the page that was opened with the printed address.

    On this computer the address needs no token, but a page of another site that makes the
    browser call us is turned away by its origin, and a name that was bent to point here by the
    host it asks for. Beyond this computer everything needs the token: once in the address, from
    then on as a cookie.

    Args:
        host: The address the server listens on.
        allowed_hosts: Further names by which the server is reached, e.g. behind nginx.
        token: None: one is made where the host is not this computer's own.

    Attributes:
        token: The token, or None where none is needed.
    """

    def __init__(
        self, host: str, *, allowed_hosts: tuple[str, ...] = (), token: str | None = None
    ) -> None:
        self._is_local = is_loopback(host)
        self._allowed_hosts = set(allowed_hosts)
        self.token = token if self._is_local or token else secrets.token_urlsafe(24)
        self._cookie = f"sammoe_{secrets.token_hex(4)}"  # cookies do not know ports

    def protect(self, served: web.Application) -> None:
        """Let every request to an application be checked first."""

        @web.middleware
        async def check(request: web.Request, handler: _Handler) -> web.StreamResponse:
            return await self._answer(request, handler)

        served.middlewares.append(check)

    async def _answer(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        if not self._knows_host(request) or not self._is_same_origin(request):
            raise web.HTTPForbidden(text="This address is not served.")
        if self.token is None:
            return self._hardened(await handler(request))
        if self._matches(request.cookies.get(self._cookie, "")):
            return self._hardened(await handler(request))
        if self._matches(request.query.get(TOKEN_PARAMETER, "")):
            raise self._welcome(request)
        raise web.HTTPForbidden(text="Open the address that the server has printed.")

    def _welcome(self, request: web.Request) -> web.HTTPSeeOther:
        """Keep the token as a cookie, and take it out of the address."""
        response = web.HTTPSeeOther(request.url.path)
        response.set_cookie(self._cookie, self.token or "", httponly=True, samesite="Strict")
        return response

    def _matches(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), (self.token or "").encode())

    def _knows_host(self, request: web.Request) -> bool:
        name = urlsplit(f"//{request.host}").hostname or ""
        return not self._is_local or is_loopback(name) or name in self._allowed_hosts

    @staticmethod
    def _is_same_origin(request: web.Request) -> bool:
        origin = request.headers.get("Origin")
        return origin is None or urlsplit(origin).netloc == request.host

    @staticmethod
    def _hardened(response: web.StreamResponse) -> web.StreamResponse:
        if not response.prepared:
            response.headers["X-Frame-Options"] = "SAMEORIGIN"
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Referrer-Policy"] = "no-referrer"
        return response


def is_loopback(host: str) -> bool:
    """Say whether a name or address is this computer's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
