"""Lines that a data base reads, and a server that is away, refuses, or answers with rubbish."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from edge_emotion.errors import UsageError
from edge_emotion.sinks import influx_targets
from edge_emotion.sinks.influx import InfluxSink, line
from edge_emotion.sinks.influx_targets import HttpLines, file_lines
from edge_emotion.sinks.wall_time import WallTime
from edge_emotion.types import NS_PER_S, Abstention


def test_names_and_text_cannot_break_out_of_a_line():
    text = line("m", {"wearer": "a b,c=d\ne"}, {"label": 'x" \\\n1', "no": None, "nan": float("nan")}, 7)
    assert text == 'm,wearer=a\\ b\\,c\\=d\\ e label="x\\" \\\\ 1" 7'
    assert line("m", {}, {"nan": float("nan")}, 7) == ""


def test_reports_carry_the_walls_time_of_the_beginning_whatever_the_wall_does_later(make_report, tmp_path):
    wall = iter((1_000_000 * NS_PER_S, 3_600 * NS_PER_S))
    sink = InfluxSink(
        file_lines(tmp_path / "l"), WallTime(False, unix_ns=lambda: next(wall)), wearer="person 1"
    )
    for report in (make_report(65), make_report(70, None, Abstention.UNCERTAIN)):
        sink.write(report)
    sink.close()
    first, second = (tmp_path / "l").read_text().splitlines()
    assert first.startswith(
        'emotion,wearer=person\\ 1 label="stress",calibration="uncalibrated",heart_rate_bpm=71.26'
    )
    assert first.endswith(f" {1_000_000 * NS_PER_S}")
    assert 'abstention="uncertain"' in second
    assert second.endswith(f" {1_000_005 * NS_PER_S}")


@contextmanager
def server(*codes: int) -> Iterator[tuple[str, list[tuple[str | None, bytes]]]]:
    """Answers with these codes in turn, then 204; keeps what came with a good one."""
    answers, kept = iter(codes), list[tuple[str | None, bytes]]()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            code = next(answers, 204)
            if code == 204:
                kept.append((self.headers["Authorization"], body))
            self.send_response(code)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{made.server_port}/api/v2/write?bucket=b", kept
        finally:
            made.shutdown()
            thread.join()


@pytest.mark.parametrize("refusal", [503, 401, 307])
def test_a_server_that_refuses_is_told_once_and_gets_the_same_lines_again(refusal: int):
    told: list[str] = []
    with server(refusal) as (url, kept):
        lines = HttpLines(url, told.append, token="secret")
        lines.send(b"a 1\n")
        lines.send(b"b 2\n")  # too soon to try again
        assert kept == []
        lines.close()
    assert kept == [("Token secret", b"a 1\nb 2\n")]
    assert told == [f"influx 127.0.0.1: answers {refusal}; lines wait", "influx 127.0.0.1: takes lines again"]


def test_lines_that_would_never_be_taken_do_not_stand_in_the_way():
    told: list[str] = []
    with server(400) as (url, kept):
        lines = HttpLines(url, told.append)
        lines.send(b"rubbish\n")
        lines.send(b"b 2\n")
        lines.close()
    assert [body for _, body in kept] == [b"b 2\n"]
    assert told == ["influx 127.0.0.1: 1 lines never arrived"]


def test_memory_stays_bounded_while_nobody_is_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(influx_targets, "MOST_LINES", 3)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        told: list[str] = []
        lines = HttpLines(f"http://127.0.0.1:{free.getsockname()[1]}/write", told.append)
        for n in range(10):
            lines.send(b"%d\n" % n)
        lines.close()
    assert lines.left_out == 7
    assert told[-1] == "influx 127.0.0.1: 10 lines never arrived"


@pytest.mark.parametrize(
    "rubbish",
    [b"\x00\xff" * 500, b"HTTP/1.1 9x9 no\r\n\r\n", b"", b"HTTP/1.1 200\r\nContent-Length: -5\r\n\r\n"],
)
def test_an_answer_that_is_no_http_is_survived(rubbish: bytes):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with listening.accept()[0] as peer:
                peer.recv(65536)
                peer.sendall(rubbish)

        thread = threading.Thread(target=answer)
        thread.start()
        HttpLines(f"http://127.0.0.1:{listening.getsockname()[1]}/", lambda line: None).send(b"a 1\n")
        thread.join()


@pytest.mark.parametrize("url", ["ftp://x/y", "http://", "http://me:secret@host/", "http:/x"])
def test_other_addresses_are_refused(url: str):
    with pytest.raises(UsageError, match="EDGE_EMOTION_INFLUX_TOKEN") as caught:
        HttpLines(url, print)
    assert "secret" not in str(caught.value)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be written"):
        file_lines(tmp_path / "absent" / "x")
