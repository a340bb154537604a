"""The service's own folder, written by root for a user that exists only while the service runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_emotion.errors import UsageError
from edge_emotion.service.unit import NAME

STATE_PATH = Path(f"/var/lib/{NAME}")
"""What systemd makes for ``StateDirectory=``; with a dynamic user a link into ``/var/lib/private``, which root alone enters."""


@contextmanager
def service_folder(name: str) -> Iterator[Path]:
    """The part ``name`` of the service's state, to be written; whatever lies in it afterwards belongs to the service.

    systemd itself changes owners only where the whole folder has the wrong one: the service could never read a file of mode 0600
    that root left there.

    Raises
    ------
    UsageError
        If the service was never started, or this user may not write its state.
    """
    try:
        owner = STATE_PATH.stat()
    except FileNotFoundError:
        raise UsageError(
            f"{STATE_PATH}: is not there; 'edge-emotion service install' and a first start of the service make it"
        ) from None
    except OSError as error:
        raise UsageError(f"{STATE_PATH}: cannot be entered ({error.strerror}); run it with sudo") from None
    folder = STATE_PATH / name
    if not os.access(STATE_PATH, os.W_OK | os.X_OK):
        raise UsageError(f"{STATE_PATH}: this user may not write there; run it with sudo")
    if folder.is_symlink():  # whoever made it would have root write elsewhere
        raise UsageError(f"{folder}: is a link; put a folder in its place")
    try:
        yield folder
    finally:
        for path in (folder, *folder.rglob("*")) if folder.is_dir() else ():
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
