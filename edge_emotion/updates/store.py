"""Installed bundles: a folder of files named by their hash, and one small file that says which one counts.

That file is replaced as a whole, so a power cut leaves the old choice or the new one. A bundle is switched to on trial: it counts
for good once it has made a report; three starts without one take it back. A start is one in which the bundle had something to do:
it is counted before the model is loaded, given back when that went well, and counted again with the first sample.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from edge_emotion.bundle.reader import Bundle
from edge_emotion.errors import InputError, UsageError
from edge_emotion.whole_file import write_whole

MOST_STARTS = 3
KEPT = 5
_STATE, _LOCK = "installed.json", ".lock"


class Installed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One bundle of the store; ``sha256`` of the whole file, which is called by it."""

    name: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        """Its name in the store."""
        return f"{self.sha256[:32]}.emo"


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What counts.

    Parameters
    ----------
    bundles
        From the oldest to the newest; the last one is current.
    starts
        How often the current one was started on trial and is to blame for what came; ``None`` when it has proved itself.
    refused
        Hashes that were taken back.
    """

    bundles: tuple[Installed, ...] = ()
    starts: int | None = None
    refused: tuple[str, ...] = ()

    @property
    def current(self) -> Installed | None:
        """The bundle that counts; ``None``: the one that ships."""
        return self.bundles[-1] if self.bundles else None


class BundleStore:
    """The bundles of one machine.

    Parameters
    ----------
    folder
        Made when something is installed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def state(self) -> State:
        """What counts now.

        Raises
        ------
        InputError
            If the store's file was damaged by somebody else.
        """
        path = self.folder / _STATE
        try:
            return msgspec.json.decode(path.read_bytes(), type=State)
        except FileNotFoundError:
            return State()
        except (OSError, msgspec.DecodeError) as error:
            raise InputError(
                f"{path}: cannot be used ({error}); remove it to begin with the bundle that ships"
            ) from None

    def path(self, installed: Installed) -> Path:
        """Where a bundle lies."""
        return self.folder / installed.file

    def install(self, bundle: Bundle, content: bytes) -> Installed:
        """Keep a bundle and switch to it, on trial.

        Raises
        ------
        UsageError
            If the folder cannot be written.
        """
        new = Installed(name=bundle.manifest.name, version=bundle.manifest.version, sha256=bundle.sha256)
        with self._changing() as state:
            write_whole(self.path(new), content)
            others = tuple(b for b in state.bundles if b.sha256 != new.sha256)
            refused = tuple(h for h in state.refused if h != new.sha256)
            self._set(State(bundles=(*others, new)[-KEPT:], starts=0, refused=refused))
            self._remove_others()
        return new

    def begin(self) -> tuple[Installed | None, str | None]:
        """What to start with, and a sentence where the newest was taken back. Counts the start of a bundle on trial.

        Raises
        ------
        InputError
            As `state`.
        """
        if self.state.starts is None:
            return self.state.current, None
        with self._changing() as state:
            if state.starts is None or state.current is None:
                return state.current, None
            if state.starts < MOST_STARTS:
                self._set(msgspec.structs.replace(state, starts=state.starts + 1))
                return state.current, None
            left = self._take_back(state, state.current)
        taken_back = f"{state.current.name} {state.current.version}"
        return (
            left.current,
            f"bundle {taken_back} started {MOST_STARTS} times and never made a report: taken back",
        )

    def count(self, sha256: str) -> None:
        """The bundle of this hash begins to work: if it is the current one and on trial, that is a start."""
        self._add(sha256, 1)

    def give_back(self, sha256: str) -> None:
        """Take a counted start back: what came was not for this bundle to do, or not its fault."""
        self._add(sha256, -1)

    def _add(self, sha256: str, starts: int) -> None:
        if self.state.starts is None:
            return
        with self._changing() as state:
            if state.starts is not None and state.current is not None and state.current.sha256 == sha256:
                self._set(msgspec.structs.replace(state, starts=max(0, state.starts + starts)))

    def confirm(self, sha256: str) -> None:
        """The bundle of this hash has made a report: if it is the current one, it counts for good.

        It may be another one: something newer was installed meanwhile, or the current one could not be loaded.
        """
        if self.state.starts is not None:
            with self._changing() as state:
                if state.current is not None and state.current.sha256 == sha256:
                    self._set(msgspec.structs.replace(state, starts=None))

    def roll_back(self) -> tuple[Installed, Installed | None]:
        """Take the current bundle back; gives it and the one that counts now (``None``: the one that ships).

        Raises
        ------
        UsageError
            If nothing is installed.
        """
        with self._changing() as state:
            if state.current is None:
                raise UsageError("no bundle is installed: the one that ships with the package is in use")
            return state.current, self._take_back(state, state.current).current

    def _take_back(self, state: State, current: Installed) -> State:
        left = State(bundles=state.bundles[:-1], refused=(*state.refused, current.sha256)[-KEPT:])
        self._set(left)
        return left

    @contextmanager
    def _changing(self) -> Iterator[State]:
        """One process at a time."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / _LOCK).open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield self.state
        except OSError as error:
            raise UsageError(
                f"{self.folder}: cannot be written ({error.strerror}); run it as who owns the service's state"
            ) from None

    def _set(self, state: State) -> None:
        write_whole(self.folder / _STATE, msgspec.json.encode(state))

    def _remove_others(self) -> None:
        known = {b.file for b in self.state.bundles}
        for path in self.folder.glob("*.emo"):
            if path.name not in known:
                with suppress(OSError):
                    path.unlink()
