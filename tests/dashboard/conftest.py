"""A dashboard that serves one session on a free port."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from dashboard_facts import FACTS, TOKEN

from edge_emotion.dashboard.feed import Feed
from edge_emotion.dashboard.server import DashboardServer


@dataclass(frozen=True)
class Answer:
    code: int
    headers: dict[str, str]
    body: bytes


Get = Callable[..., Answer]


@pytest.fixture
def server() -> Iterator[DashboardServer]:
    made = DashboardServer("127.0.0.1", 0, names=("pi.example",), token=TOKEN)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def feed(server: DashboardServer) -> Feed:
    return server.feed(FACTS)


@pytest.fixture
def cookie(server: DashboardServer) -> dict[str, str]:
    return {"Cookie": f"edge_emotion_{server.port}={TOKEN}"}


@pytest.fixture
def get(server: DashboardServer) -> Get:
    """One request; headers win over what http.client would send."""

    def ask(path: str = "/", method: str = "GET", **headers: str) -> Answer:
        link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        try:
            link.request(method, path, headers=headers)
            answer = link.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            link.close()

    return ask
