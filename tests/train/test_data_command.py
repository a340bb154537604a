"""``edge-emotion data``: list, fetch from a real server on this machine, check."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from edge_emotion.cli import main
from edge_emotion.errors import InputError
from edge_emotion_train.datasets.fetching import fetch
from edge_emotion_train.datasets.open_files import OpenFile, OpenSet, open_sets

CONTENT = np.random.default_rng(0).bytes(300_000)


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves ``files``; the next ``breaks`` answers end half way, ``ranges`` false is a server that knows none."""

    files: dict[str, bytes]
    breaks: int
    ranges: bool
    asked: list[str | None]

    def do_GET(self) -> None:
        content = type(self).files.get(self.path)
        wanted = self.headers["Range"]
        type(self).asked.append(wanted)
        if content is None:
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = len(content)
        if type(self).breaks:
            type(self).breaks -= 1
            end = start + (len(content) - start) // 2
        self.wfile.write(content[start:end])

    def log_message(self, *_: object) -> None:
        """Say nothing on the tests' standard error."""


@pytest.fixture
def server() -> Iterator[tuple[str, type[Handler]]]:
    handler = type(
        "Own", (Handler,), {"files": {"/a.dat": CONTENT}, "breaks": 0, "ranges": True, "asked": []}
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/", handler
        running.shutdown()


def open_set_of(content: bytes = CONTENT) -> OpenSet:
    file = OpenFile(name="a.dat", sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    return OpenSet(folder="own", what="", url="", licence="", files=(file,))


def test_a_file_is_loaded_once(tmp_path: Path, server: tuple[str, type[Handler]]) -> None:
    url, handler = server
    assert fetch(open_set_of(), tmp_path, url) == (1, 0)
    assert (tmp_path / "own" / "a.dat").read_bytes() == CONTENT
    assert fetch(open_set_of(), tmp_path, url) == (0, 1)
    assert len(handler.asked) == 1


def test_a_broken_connection_is_gone_on_with(tmp_path: Path, server: tuple[str, type[Handler]]) -> None:
    url, handler = server
    handler.breaks = 2
    assert fetch(open_set_of(), tmp_path, url) == (1, 0)
    assert handler.asked == [None, "bytes=150000-", "bytes=225000-"]


def test_the_next_call_goes_on_where_this_one_gave_up(
    tmp_path: Path, server: tuple[str, type[Handler]]
) -> None:
    url, handler = server
    handler.breaks = 3
    with pytest.raises(InputError, match="run the command again"):
        fetch(open_set_of(), tmp_path, url)
    assert fetch(open_set_of(), tmp_path, url) == (1, 0)
    assert handler.asked[-1] == "bytes=262500-"
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["a.dat"]


def test_a_server_without_ranges_sends_everything_again(
    tmp_path: Path, server: tuple[str, type[Handler]]
) -> None:
    url, handler = server
    handler.breaks, handler.ranges = 1, False
    fetch(open_set_of(), tmp_path, url)
    assert (tmp_path / "own" / "a.dat").read_bytes() == CONTENT


def test_another_content_than_the_published_one_is_not_kept(
    tmp_path: Path, server: tuple[str, type[Handler]]
) -> None:
    url, handler = server
    handler.files["/a.dat"] = b"malware"
    with pytest.raises(InputError, match="not the published file"):
        fetch(open_set_of(), tmp_path, url)
    assert list((tmp_path / "own").iterdir()) == []


def test_a_damaged_file_is_replaced(tmp_path: Path, server: tuple[str, type[Handler]]) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.dat").write_bytes(CONTENT[:-1] + b"x")
    assert fetch(open_set_of(), tmp_path, server[0]) == (1, 0)
    assert (tmp_path / "own" / "a.dat").read_bytes() == CONTENT


def test_an_absent_file_and_an_absent_server_are_one_line(
    tmp_path: Path, server: tuple[str, type[Handler]], capsys: pytest.CaptureFixture[str]
) -> None:
    for mirror, reason in ((server[0], "404"), ("http://127.0.0.1:9/", "3 tries")):
        assert main(["data", "fetch", "nstdb", "--data", str(tmp_path), "--mirror", mirror]) == 4
        error = capsys.readouterr().err
        assert reason in error
        assert error.count("\n") == 1


def test_pinned_files_are_complete_records() -> None:
    for known in open_sets():
        names = {file.name for file in known.files}
        assert {name.replace(".dat", ".hea") for name in names if name.endswith(".dat")} <= names
        assert all(len(file.sha256) == 64 and file.size > 0 for file in known.files)


def test_list_tells_what_is_found(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "list", "--data", str(data), "--json"]) == 0
    sets = {s["name"]: s for s in json.loads(capsys.readouterr().out)["sets"]}
    assert sets["stress_predict"]["found"] == 4
    assert sets["wesad_wrist"]["found"] == 0
    assert not sets["wesad_wrist"]["weights_may_ship"]
    assert all(s["licence"] and s["citation"] and s["page"] and s["signals"] for s in sets.values())


def test_check_measures_quality(data: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "check", "--data", str(data), "--cache", str(cache), "--json"]) == 0
    (checked,) = json.loads(capsys.readouterr().out)["sets"]
    first = checked["recordings"][0]
    assert (checked["name"], checked["people"], first["minutes"]) == ("stress_predict", 4, 5.0)
    assert first["good"].keys() == {"cardiac", "eda"}
    assert first["labels"]["rest"] == pytest.approx(2.83, abs=0.01)


def test_check_names_the_damaged_recording_and_goes_on(
    tmp_path: Path, data: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "stress_predict"
    own.mkdir()
    (own / "S01.npz").write_bytes((data / "stress_predict" / "S01.npz").read_bytes())
    (own / "S02.npz").write_bytes(b"PK\x03\x04 and no more")
    assert main(["data", "check", "stress_predict", "--data", str(tmp_path), "--cache", str(cache)]) == 4
    out = capsys.readouterr().out
    assert "! stress_predict/S02" in out
    assert "! stress_predict/S01" not in out


def test_check_knows_the_published_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mitdb").mkdir()
    (tmp_path / "mitdb" / "100.hea").write_text("100 2 360 650000\n")
    assert main(["data", "check", "--data", str(tmp_path)]) == 4
    assert "mitdb/100.hea: is not the published file" in capsys.readouterr().out


def test_an_empty_folder_and_an_unknown_set_say_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "check", "--data", str(tmp_path)]) == 4
    assert "edge-emotion data list" in capsys.readouterr().err
    assert main(["data", "fetch", "wesad", "--data", str(tmp_path)]) == 2
    assert "drivedb, mitdb, nstdb" in capsys.readouterr().err
