"""The page, its two files, and a stream of events for each reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from importlib.resources import files

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from edge_emotion.dashboard.feed import Feed

PUSH_S = 0.2
"""Five times a second looks alive; the page moves what is between."""
MOST_READERS = 16
SILENT_PUSHES = 75
"""After 15 s without news a comment goes out: a reader that is gone is noticed."""
_FILES = {
    "/": ("index.html", "text/html"),
    "/dashboard.css": ("dashboard.css", "text/css"),
    "/dashboard.js": ("dashboard.js", "text/javascript"),
    "/charts.js": ("charts.js", "text/javascript"),
}


class Readers:
    """How many read now; more than a household's would be a fault or an attack."""

    def __init__(self) -> None:
        self.count = 0
        self.stopping = False


def application(feeds: Mapping[str, Feed], readers: Readers) -> Starlette:
    """The application behind its guard.

    Parameters
    ----------
    feeds
        By the wearer's name; a session that is begun anew puts another one there.
    readers
        Shared with the server, which ends their streams when it stops.
    """
    folder = files("edge_emotion.dashboard") / "page"
    content = {path: ((folder / name).read_bytes(), kind) for path, (name, kind) in _FILES.items()}

    async def page(request: Request) -> Response:
        body, kind = content[request.url.path]
        return Response(body, media_type=kind)

    async def wearers(request: Request) -> Response:
        return JSONResponse(sorted(feeds))

    async def events(request: Request) -> Response:
        wearer = request.query_params.get("wearer", next(iter(sorted(feeds)), ""))
        if wearer not in feeds:
            return PlainTextResponse("no such wearer\n", 404)
        if readers.count >= MOST_READERS:
            return PlainTextResponse("too many readers\n", 503)
        return StreamingResponse(_stream(feeds, wearer, readers), media_type="text/event-stream")

    routes = [Route(path, page) for path in content]
    return Starlette(routes=[*routes, Route("/wearers", wearers), Route("/events", events)])


async def _stream(feeds: Mapping[str, Feed], wearer: str, readers: Readers) -> AsyncIterator[bytes]:
    """Server-sent events. A reader that is slow holds up this generator and nobody else."""
    readers.count += 1
    try:
        feed: Feed | None = None
        news: bytes | None
        place = silent = 0
        while not readers.stopping:
            if feed is not feeds[wearer]:  # the first time, and when the session was begun anew
                feed = feeds[wearer]
                place, news = feed.begin()
            else:
                await asyncio.sleep(PUSH_S)
                place, news = feed.since(place)
            silent = 0 if news else silent + 1
            if news:
                yield _event(news)
            elif silent % SILENT_PUSHES == 0:
                yield b":\n\n"
    finally:
        readers.count -= 1


def _event(message: bytes) -> bytes:
    return b"data: " + message + b"\n\n"
