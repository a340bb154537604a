"""Who may read: a foreign host name, origin or token learns nothing."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from dashboard_facts import TOKEN

from edge_emotion.dashboard.feed import Feed
from edge_emotion.dashboard.server import DashboardServer, read_token
from edge_emotion.errors import UsageError

SECRET = b"made-up person"
PATHS = ("/", "/events", "/wearers", "/dashboard.js", "/absent")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Cookie": "edge_emotion_PORT=wrong"},
        {"Cookie": "edge_emotion_PORT="},
        {"Cookie": f"other={TOKEN}"},
        {"Cookie": "edge_emotion_PORT=" + "x" * 5000},
        {"Cookie": "\x7f;=;edge_emotion_PORT"},
        {"Authorization": f"Bearer {TOKEN}"},
    ],
)
def test_without_the_token_nothing_is_told(get, server: DashboardServer, feed: Feed, path: str, given):
    answer = get(path, **{name: value.replace("PORT", str(server.port)) for name, value in given.items()})
    assert answer.code == 401
    assert b"holds the token" in answer.body


def test_a_wrong_token_in_the_address_is_none(get, feed: Feed):
    for wrong in ("/?token=", "/?token=x", f"/?token={TOKEN}x", "/?token=%ff", f"/?tokens={TOKEN}"):
        assert get(wrong).code == 401


def test_the_token_moves_into_a_cookie_that_no_script_reads(get, feed: Feed, server: DashboardServer):
    answer = get(f"/?token={TOKEN}")
    assert (answer.code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert cookie == f"edge_emotion_{server.port}={TOKEN}; HttpOnly; Path=/; SameSite=strict"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8765",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "",
        "[::1",
        "a" * 9000,
    ],
)
def test_a_name_that_was_pointed_at_this_machine_gets_nothing(get, feed: Feed, cookie, host: str):
    answer = get("/", Host=host, **cookie)
    assert answer.code in (400, 421)
    assert SECRET not in answer.body


@pytest.mark.parametrize(
    "host", ["localhost:9000", "127.0.0.1", "[::1]:80", "pi.example", "PI.example:1", socket.gethostname()]
)
def test_names_of_this_machine_and_those_that_were_given_are_served(get, feed: Feed, cookie, host: str):
    assert get("/", Host=host, **cookie).code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost", "https://127.0.0.1", "file://"]
)
def test_a_page_of_another_origin_gets_nothing(get, feed: Feed, cookie, origin: str):
    answer = get("/events", Origin=origin, **cookie)
    assert (answer.code, SECRET in answer.body) == (403, False)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_there_is_nothing_to_change(get, feed: Feed, cookie, method: str):
    assert get("/", method, **cookie).code == 405


def test_every_answer_forbids_foreign_content_and_keeping(get, cookie):
    for answer in (get("/", **cookie), get("/"), get("/absent", **cookie)):
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


def test_the_page_loads_nothing_from_elsewhere(get, cookie):
    for path in ("/", "/dashboard.css", "/dashboard.js", "/charts.js"):
        body = get(path, **cookie).body
        assert b"://" not in body
        assert b"//cdn" not in body


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x00" * 100,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"a" * 100_000,
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 20_000,
    ],
)
def test_hostile_requests_end_and_the_next_one_is_served(get, server, cookie, rubbish: bytes):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as link:
        answer = b""
        try:
            link.sendall(rubbish + b"\r\n\r\n")
            while b"\r\n" not in answer and (more := link.recv(4096)):
                answer += more
        except ConnectionError:
            pass
    assert any(begin.startswith(answer[: len(begin)]) for begin in (b"HTTP/1.1 4", b"HTTP/1.1 5"))
    assert get("/", **cookie).code == 200


def test_tokens_in_files_must_be_worth_it(tmp_path: Path):
    (tmp_path / "good").write_text("abcdefghijklmnop\n")
    assert read_token(tmp_path / "good") == "abcdefghijklmnop"
    (tmp_path / "short").write_text("abc\n")
    (tmp_path / "odd").write_text("abcdefghijklmnop; Path=/evil\n")
    for name in ("short", "odd", "absent"):
        with pytest.raises(UsageError, match=name):
            read_token(tmp_path / name)


def test_a_port_that_is_taken_is_a_usage_error(server: DashboardServer):
    with pytest.raises(UsageError, match="give another port"):
        DashboardServer("127.0.0.1", server.port)
