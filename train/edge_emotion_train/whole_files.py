"""Files of arrays that are there whole or not at all: written beside and renamed, so that a killed run leaves no half of one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the name ``path`` when the block ends well, and leaves nothing when it does not."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        with part.open("wb") as handle:
            yield handle
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
