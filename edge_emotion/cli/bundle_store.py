"""``edge-emotion bundle install | list | rollback``, and which bundle ``run`` starts with."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.keys import TrustedKey, read_trusted_key
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.cli.common import PRECISIONS, add_json, say
from edge_emotion.cli.folders import add_service, chosen, kept_in
from edge_emotion.cli.run_config import from_toml
from edge_emotion.errors import BundleError, DeviceError, InputError, MissingExtraError, UsageError
from edge_emotion.service.unit import CONFIG_PATH
from edge_emotion.sinks import SinkItem
from edge_emotion.types import Report, Samples
from edge_emotion.updates.store import BundleStore

FOLDER, FOLDER_VARIABLE = "bundles", "EDGE_EMOTION_BUNDLES"
RECORDINGS = "recordings"
RUN, RESTART = "the next 'edge-emotion run'", "after 'sudo systemctl restart edge-emotion' the service"


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``install``, ``list`` and ``rollback``."""
    installing = actions.add_parser("install", help="verify, try in a shadow, and switch to a bundle")
    installing.add_argument("bundle", type=Path, metavar="BUNDLE", help="a .emo file")
    installing.add_argument(
        "--key",
        type=Path,
        action="append",
        default=[],
        metavar="KEY.pub",
        help="one of these must have signed it",
    )
    installing.add_argument(
        "--on",
        type=Path,
        metavar="RECORDING",
        help="recent windows: a session of --record (default: the newest one where --config has 'run' record)",
    )
    installing.add_argument(
        "--config",
        type=Path,
        metavar="TOML",
        help=f"settings of 'run' (default: {RECORDINGS}/ in this folder; with --service {CONFIG_PATH})",
    )
    installing.add_argument(
        "--minimum-agreement",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="with the current bundle, on RECORDING",
    )
    installing.add_argument(
        "--older", action="store_true", help="allow an older version than the current one"
    )
    installing.add_argument("--engine", choices=("auto", "onnxruntime", "litert"), default="auto")
    installing.add_argument("--precision", choices=PRECISIONS, default="int8")
    listing = actions.add_parser("list", help="what is installed, and what counts")
    rollback = actions.add_parser("rollback", help="take the current bundle back")
    for action in (installing, listing, rollback):
        add_service(action)
        add_json(action)


def do_install(args: argparse.Namespace) -> dict[str, object]:
    """Install a bundle; gives what was seen."""
    if not 0 <= args.minimum_agreement <= 1:
        raise UsageError(f"--minimum-agreement {args.minimum_agreement:g}: allowed: 0 to 1")
    # `run` needs the rest of this file alone.
    from edge_emotion.updates.installing import InstallRequest, install
    from edge_emotion.updates.recent import recent_recording

    request = InstallRequest(
        path=args.bundle,
        engine=args.engine,
        precision=args.precision,
        trusted=tuple(read_trusted_key(key) for key in args.key),
        recording=args.on,
        recent=None if args.on else recent_recording(_recordings(args)),
        minimum_agreement=args.minimum_agreement,
        older=args.older,
    )
    with chosen(args, FOLDER, FOLDER_VARIABLE) as folder:
        done = install(BundleStore(folder), request)
    return {
        "installed": f"{done.installed.name} {done.installed.version}",
        "sha256": done.installed.sha256,
        "signed_by": done.signed_by,
        "trial_verdicts": dict(Counter(done.trial.verdicts)),
        "tried_on": f"a made-up person and {on}"
        if (on := done.comparison.recording)
        else "a made-up person alone",
        "report_ms": round(done.trial.report_ms, 1),
        "agreement_with_current": done.comparison.agreement,
        "next": f"{RESTART if args.service else RUN} uses it, on trial until the model has said something",
    }


def _recordings(args: argparse.Namespace) -> Path:
    """Where recordings are looked for: what the settings of ``run`` say, else where all examples put them."""
    settings = args.config or (CONFIG_PATH if args.service and CONFIG_PATH.exists() else None)
    if settings is None:
        return Path(RECORDINGS)
    try:
        record = from_toml(settings.read_text(encoding="utf-8")).record
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{settings}: cannot be read ({error}); give a TOML file") from None
    return Path((record or RECORDINGS).partition("{wearer}")[0])


def do_list(args: argparse.Namespace) -> dict[str, object]:
    """What is installed."""
    with chosen(args, FOLDER, FOLDER_VARIABLE) as folder:
        state = BundleStore(folder).state
    named = [f"{b.name} {b.version} {b.sha256[:12]}" for b in reversed(state.bundles)]
    shipped = load_bundle(default_bundle_path()).manifest
    return {
        "current": named[0] if named else f"{shipped.name} {shipped.version} (ships with the package)",
        "on_trial": state.starts is not None,
        "earlier": named[1:],
        "taken_back": [sha256[:12] for sha256 in state.refused],
    }


def do_rollback(args: argparse.Namespace) -> dict[str, object]:
    """Take the current bundle back."""
    with chosen(args, FOLDER, FOLDER_VARIABLE) as folder:
        old, now = BundleStore(folder).roll_back()
    current = f"{now.name} {now.version}" if now else "the bundle that ships with the package"
    return {"taken_back": f"{old.name} {old.version}", "current": current}


def bundle_to_run(trusted: tuple[TrustedKey, ...]) -> tuple[Bundle, BundleStore]:
    """The installed bundle, or the next older one that is usable, or the one that ships: something always runs.

    Raises
    ------
    BundleError
        If not even the one that ships can be used, or it is not signed by a trusted key.
    """
    found = BundleStore(kept_in(FOLDER, FOLDER_VARIABLE))
    try:
        current, told = found.begin()
        if told:
            say(f"edge-emotion: {told}")
        candidates = [current, *reversed(found.state.bundles[:-1])] if current else []
    except (InputError, UsageError) as error:
        say(f"edge-emotion: {error}; starting with the bundle that ships")
        candidates = []
    for installed in candidates:
        try:
            return load_bundle(found.path(installed), trusted), found
        except BundleError as error:
            say(f"edge-emotion: {error}; falling back")
    return load_bundle(default_bundle_path(), trusted), found


class Watching:
    """A sink that keeps the account of a bundle on trial: a start with the first sample, the end when the model has spoken.

    A report without probabilities ends nothing: the model was not asked.

    Parameters
    ----------
    store
        Where the bundle may be on trial; it has counted this start before the model was loaded.
    sha256
        Of the bundle that runs.
    """

    def __init__(self, store: BundleStore, sha256: str) -> None:
        self._store = store
        self._sha256 = sha256
        self._began = False
        self._done = False

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Load the model: when that went well, without a sample nothing more is asked of the bundle."""
        try:
            yield
        except MissingExtraError:
            self._note(self._store.give_back)
            raise
        self._note(self._store.give_back)

    @contextmanager
    def innocent(self) -> Iterator[None]:
        """A session that ends in good order, or for the sake of sensors, settings or files, says nothing against the bundle."""
        try:
            yield
        except BundleError:
            raise
        except (DeviceError, UsageError, InputError):
            self._give_back()
            raise
        self._give_back()

    def open(self) -> None:
        """Nothing to prepare."""

    def write(self, item: SinkItem) -> None:
        if self._done:
            return
        if isinstance(item, Samples) and not self._began:
            self._began = True
            self._note(self._store.count)
        elif isinstance(item, Report) and item.probabilities:
            self._done = True
            self._note(self._store.confirm)

    def close(self) -> None:
        """Nothing to finish."""

    def _give_back(self) -> None:
        if self._began and not self._done:
            self._note(self._store.give_back)

    def _note(self, how: Callable[[str], None]) -> None:
        try:
            how(self._sha256)
        except (InputError, UsageError) as error:
            say(f"edge-emotion: how the new bundle does could not be written down: {error}")
