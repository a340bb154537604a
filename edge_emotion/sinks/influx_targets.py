"""Where lines of the InfluxDB protocol can go."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from edge_emotion.errors import UsageError

TOKEN_VARIABLE = "EDGE_EMOTION_INFLUX_TOKEN"
MOST_LINES = 5_000
"""About seven hours of one wearer's reports wait for a server that is away; beyond that the oldest are left out and counted."""
LINES_AT_ONCE = 500
ANSWER_S = 5.0
RETRY_S = 10.0
_NEVER = frozenset({400, 413, 422})
"""Answers that the same lines would get again."""


class StreamLines:
    """Lines to a binary stream, flushed at once.

    Parameters
    ----------
    stream
        A file that is closed at the end, or standard output, which is not.
    """

    def __init__(self, stream: IO[bytes], owned: bool) -> None:
        self._stream = stream
        self._owned = owned

    def send(self, lines: bytes) -> None:
        self._stream.write(lines)
        self._stream.flush()

    def close(self) -> None:
        if self._owned:
            self._stream.close()


def file_lines(path: Path) -> StreamLines:
    """Lines appended to a file.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    try:
        return StreamLines(path.open("ab"), owned=True)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); give another path") from None


class HttpLines:
    """Lines posted over HTTP. A server that is away is tried again with the next line; nobody else waits for it.

    Parameters
    ----------
    url
        The whole write address with its query, such as ``http://nas:8086/api/v2/write?org=lab&bucket=wear&precision=ns``.
    tell
        Called once when the server cannot be reached or refuses, and once when it takes lines again.
    token
        Sent as ``Authorization: Token ...``; from the environment, never from the command line, which `ps` shows.

    Raises
    ------
    UsageError
        If it is no address of HTTP or HTTPS.
    """

    def __init__(self, url: str, tell: Callable[[str], None], token: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.password:
            raise UsageError(
                f"--sink influx:{parts.scheme}://...: allowed: http(s)://HOST/PATH without a password; "
                f"a token goes into {TOKEN_VARIABLE}"
            )
        self._name = f"influx {parts.hostname}"
        self._url = url
        self._tell = tell
        self._headers = {"Content-Type": "text/plain; charset=utf-8"}
        if token := token or os.environ.get(TOKEN_VARIABLE):
            self._headers["Authorization"] = f"Token {token}"
        self._waiting: deque[bytes] = deque()
        self._away = False
        self._again_at_s = 0.0
        self.left_out = 0
        # A token must not follow a redirect to somebody else.
        self._opener = build_opener(_NoRedirect)

    def send(self, lines: bytes) -> None:
        if len(self._waiting) >= MOST_LINES:
            self._waiting.popleft()
            self.left_out += 1
        self._waiting.append(lines)
        if time.monotonic() >= self._again_at_s:
            self._post_waiting()

    def close(self) -> None:
        self._post_waiting()
        if self._waiting or self.left_out:
            self._tell(f"{self._name}: {len(self._waiting) + self.left_out} lines never arrived")

    def _post_waiting(self) -> None:
        while self._waiting:
            batch = [self._waiting[i] for i in range(min(LINES_AT_ONCE, len(self._waiting)))]
            reason = self._post(b"".join(batch))
            if reason is not None:
                if not self._away:
                    self._tell(f"{self._name}: {reason}; lines wait")
                self._away = True
                self._again_at_s = time.monotonic() + RETRY_S
                return
            for _ in batch:
                self._waiting.popleft()
            if self._away:
                self._away = False
                self._tell(f"{self._name}: takes lines again")

    def _post(self, body: bytes) -> str | None:
        """Why the server did not take it."""
        request = Request(self._url, data=body, headers=self._headers, method="POST")
        try:
            with self._opener.open(request, timeout=ANSWER_S):
                return None
        except HTTPError as error:
            error.close()
            if error.code not in _NEVER:
                return f"answers {error.code}"
            self.left_out += body.count(b"\n")
            return None
        except (OSError, ValueError, HTTPException) as error:  # the latter two: an answer that is no HTTP
            return str(getattr(error, "reason", None) or error or type(error).__name__)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None
