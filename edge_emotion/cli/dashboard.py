"""``run --dashboard``: from settings to a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_emotion.bundle.manifest import Manifest
from edge_emotion.cli.common import say
from edge_emotion.cli.run_config import RunConfig
from edge_emotion.dashboard.feed import Facts
from edge_emotion.dashboard.server import DashboardServer, read_token
from edge_emotion.errors import UsageError

_HERE = ("127.0.0.1", "::1", "localhost")


def open_dashboard(config: RunConfig) -> DashboardServer:
    """A server that listens but does not answer yet.

    Raises
    ------
    UsageError
        If the address or the token makes no sense.
    MissingExtraError
        If the extra is not installed.
    """
    host, _, port = config.dashboard_listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal():
        raise UsageError(f"--dashboard-listen {config.dashboard_listen!r}: allowed: HOST:PORT")
    token = read_token(Path(config.dashboard_token_file)) if config.dashboard_token_file else None
    return DashboardServer(host, int(port), config.dashboard_name, token)


def dashboard_facts(config: RunConfig, manifest: Manifest, title: str) -> Facts:
    """What the page shows of a session that does not change."""
    return Facts(
        wearer=config.wearer_name,
        title=title,
        labels=manifest.labels,
        roles=tuple(map(str, manifest.roles)),
        hop_s=manifest.signals.hop_s,
        window_s=manifest.signals.window_s,
    )


@contextmanager
def serving(server: DashboardServer | None) -> Iterator[None]:
    """Serve while the session runs; without a server, nothing."""
    if server is None:
        yield
        return
    server.start()
    say(f"dashboard: {server.address}")
    if server.host not in _HERE:
        say("dashboard: other machines can reach it, and whoever has the token reads; nothing is encrypted")
    try:
        yield
    finally:
        server.stop()
