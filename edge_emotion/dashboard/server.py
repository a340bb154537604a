"""The server in a thread of its own: a page that is slow, hostile or gone never reaches the session."""

from __future__ import annotations

import secrets
import socket
import threading
from pathlib import Path

from edge_emotion.dashboard.feed import Facts, Feed
from edge_emotion.errors import MissingExtraError, UsageError

DEFAULT_PORT = 8765
MOST_CONNECTIONS = 128
LONGEST_STOP_S = 5.0
SHORTEST_TOKEN = 16


class DashboardServer:
    """Serves the feeds that it hands out.

    Parameters
    ----------
    host, port
        Where to listen; port 0 takes a free one.
    names
        Host names that pages may be asked for by; see `edge_emotion.dashboard.guard`.
    token
        What a reader needs; ``None`` makes a new one.

    Raises
    ------
    UsageError
        If the address cannot be listened on.
    MissingExtraError
        If starlette or uvicorn is not installed.
    """

    def __init__(self, host: str, port: int, names: tuple[str, ...] = (), token: str | None = None) -> None:
        try:
            import uvicorn

            from edge_emotion.dashboard.app import Readers, application
            from edge_emotion.dashboard.guard import Guard
        except ModuleNotFoundError as error:
            raise MissingExtraError(error.name or "starlette", "dashboard") from None
        self.token = token or secrets.token_urlsafe(24)
        self._feeds: dict[str, Feed] = {}
        self._readers = Readers()
        self._socket = _listening(host, port)
        self.host, self.port = host, int(self._socket.getsockname()[1])
        config = uvicorn.Config(
            Guard(
                application(self._feeds, self._readers),
                self.token,
                f"edge_emotion_{self.port}",
                names,
            ),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=16 * 1024,
            ws="none",
            http="h11",
            loop="asyncio",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="dashboard", daemon=True)

    @property
    def address(self) -> str:
        """What a browser opens; holds the token."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/?token={self.token}"

    def feed(self, facts: Facts) -> Feed:
        """A sink for one wearer's session."""
        feed = Feed(facts)
        self._feeds[facts.wearer] = feed
        return feed

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """End all streams and stop listening."""
        self._readers.stopping = True
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(LONGEST_STOP_S)
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


def read_token(path: Path) -> str:
    """A token that outlives the process, for a service.

    Raises
    ------
    UsageError
        If the file cannot be read or holds too little.
    """
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path}: no token can be read ({error}); give a file with one line of ASCII"
        ) from None
    if len(token) < SHORTEST_TOKEN or not token.replace("-", "").replace("_", "").isalnum():
        raise UsageError(f"{path}: needs {SHORTEST_TOKEN} or more letters, digits, - and _ in one line")
    return token


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=64)
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"--dashboard-listen {host}:{port}: cannot be listened on ({error}); give another port"
        ) from None
