"""Downloading open sets through pooch: verified by pinned hash, continued where a try before broke off."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from pathlib import Path
from typing import BinaryIO

from edge_emotion.errors import InputError, MissingExtraError
from edge_emotion_train.datasets.open_files import OpenSet, is_right
from edge_emotion_train.learning.progress import track

TIMEOUT_S = 30.0
CHUNK_BYTES = 1 << 16
TRIES = 3
PARTIAL, BEYOND_THE_END = 206, 416


def fetch(wanted: OpenSet, data: Path, url: str) -> tuple[int, int]:
    """Bring the set's files to ``data/folder``; what is there and right stays.

    Parameters
    ----------
    url
        Folder to load from; ends with a slash.

    Returns
    -------
    fetched, kept
        How many files were loaded, and how many were there.

    Raises
    ------
    InputError
        If a file cannot be loaded, or is not the published one. What is complete stays; the next call goes on.
    MissingExtraError
        If pooch is not installed.
    """
    try:
        import pooch
    except ModuleNotFoundError as error:
        raise MissingExtraError(error.name or "pooch", "train") from None
    pooch.get_logger().setLevel("ERROR")
    folder = data / wanted.folder
    registry = {file.name: f"sha256:{file.sha256}" for file in wanted.files}
    store = pooch.create(path=folder, base_url=url, registry=registry)
    absent = [file.name for file in wanted.files if not is_right(folder / file.name, file)]
    for name in track(absent, f"fetching {wanted.folder}", len(absent)):
        try:
            store.fetch(name, downloader=download)
        except ValueError:
            raise InputError(
                f"{url}{name} is not the published file (its SHA-256 differs): it was not kept; give another --mirror"
            ) from None
        except OSError as error:
            raise InputError(
                f"{url}{name} could not be loaded into {folder} ({error}); run the command again to go on"
            ) from None
    return len(absent), len(wanted.files) - len(absent)


def download(url: str, output_file: str, _store: object) -> None:
    """Load ``url`` into ``output_file``, as pooch asks for it.

    What has come stays in ``NAME.part`` beside it: a try that breaks off is gone on with, here or at the next call.

    Raises
    ------
    OSError
        If the file does not come in `TRIES` tries.
    """
    part = Path(output_file).parent / (url.rpartition("/")[2] + ".part")
    for attempt in range(1, TRIES + 1):
        try:
            _load_rest(url, part)
            break
        except urllib.error.HTTPError as error:
            error.close()
            raise OSError(f"the server says {error.code} {error.reason}") from None
        except (OSError, http.client.HTTPException) as error:
            if attempt == TRIES:
                raise OSError(f"{TRIES} tries: {error}") from None
    part.replace(output_file)


def _load_rest(url: str, part: Path) -> None:
    have = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        # A server that knows no ranges sends the whole file again.
        with (
            urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer,
            part.open("ab" if answer.status == PARTIAL else "wb") as file,
        ):
            _copy(answer, file)
    except urllib.error.HTTPError as error:
        if error.code != BEYOND_THE_END:
            raise
        error.close()  # everything was there already


def _copy(answer: http.client.HTTPResponse, file: BinaryIO) -> None:
    while chunk := answer.read(CHUNK_BYTES):
        file.write(chunk)
    if answer.length:
        raise ConnectionError(f"the connection ended {answer.length} bytes early")
