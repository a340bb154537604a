"""Who may read: the right host name, the same origin, the token. Everything else learns nothing, not even that there is a page.

A page of somebody else in the same browser can send requests to this server. The host check stops a name that was pointed at this
machine (DNS rebinding), the origin check a foreign page's scripts, and without the token nobody gets anything.
"""

from __future__ import annotations

import hmac
import socket
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_HEADER = 4096
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Answers in the application's place where somebody may not read.

    Parameters
    ----------
    app
        What is guarded.
    token
        Given once as ``?token=``, then kept by the browser as a cookie that scripts cannot read.
    cookie
        Its name; with the port, because browsers do not keep cookies of ports apart.
    names
        Host names beside ``localhost``, this machine's own and bare addresses, which nobody can point elsewhere.
    """

    def __init__(self, app: ASGIApp, token: str, cookie: str, names: tuple[str, ...] = ()) -> None:
        self._app = app
        self._token = token.encode()
        self._cookie = cookie
        own = socket.gethostname().lower()
        self._names = frozenset({"localhost", own, f"{own}.local", *(name.lower() for name in names)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.getlist("host")
        if len(host) != 1 or len(host[0]) > LONGEST_HEADER or not self._known_host(host[0]):
            return PlainTextResponse("unknown host: see --dashboard-name\n", 421)
        origin = headers.get("origin")
        if origin is not None and origin not in (f"http://{host[0]}", f"https://{host[0]}"):
            return PlainTextResponse("foreign origin\n", 403)
        if scope["method"] not in ("GET", "HEAD"):
            return PlainTextResponse("only reading\n", 405)
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        if given is not None and self._is_token(given[0]):
            return self._welcome()
        if not self._is_token(self._kept(headers)):
            return PlainTextResponse("open the address that edge-emotion printed: it holds the token\n", 401)
        return None

    def _known_host(self, host: str) -> bool:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if name.lower() in self._names:
            return True
        try:
            ip_address(name.removeprefix("[").removesuffix("]"))
        except ValueError:
            return False
        return True

    def _kept(self, headers: Headers) -> str:
        raw = headers.get("cookie", "")
        if len(raw) > LONGEST_HEADER:
            return ""
        try:
            found = SimpleCookie(raw).get(self._cookie)
        except CookieError:
            return ""
        return found.value if found else ""

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self._token)

    def _welcome(self) -> Response:
        """Put the token where no history, no log and no script finds it."""
        answer = RedirectResponse("/", 303)
        answer.set_cookie(self._cookie, self._token.decode(), httponly=True, samesite="strict", path="/")
        return answer


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return sending
