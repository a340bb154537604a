"""Installing a bundle: verify, refuse what is older, try in a shadow, switch."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.keys import TrustedKey
from edge_emotion.bundle.manifest import Precision
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.engines.opening import EngineChoice
from edge_emotion.errors import BundleError, GateError, UsageError
from edge_emotion.updates.store import BundleStore, Installed
from edge_emotion.updates.trial import TrialJob, TrialResult, tried


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallRequest:
    """What to install and how strictly.

    Parameters
    ----------
    trusted
        Keys of which one must have signed it; empty: none is needed.
    recording
        Windows to try it on, beside a made-up person.
    recent
        The same where nobody named a recording: one that the current bundle cannot be run on either is no fault of the new one.
    minimum_agreement
        Share of the recording's windows on which it must say what the current bundle says; 0: told, not judged.
    older
        Whether an older version of the current bundle is wanted.
    """

    path: Path
    engine: EngineChoice = "auto"
    precision: Precision = "int8"
    trusted: tuple[TrustedKey, ...] = ()
    recording: Path | None = None
    recent: Path | None = None
    minimum_agreement: float = 0.0
    older: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The new bundle beside the current one.

    Parameters
    ----------
    recording
        On whose windows; ``None``: there is none, a made-up person was all.
    agreement
        Share of windows with the same verdict as before; ``None`` without a recording or with other labels.
    """

    recording: Path | None = None
    agreement: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What was done.

    Parameters
    ----------
    comparison
        What the recording said.
    """

    installed: Installed
    signed_by: str | None
    trial: TrialResult
    comparison: Comparison


def install(store: BundleStore, request: InstallRequest) -> Installation:
    """Install a bundle; whatever goes wrong, the store and the running model stay as they are.

    Raises
    ------
    BundleError
        If it is damaged, not signed as configured, older than what is installed, or fails its trial.
    GateError
        If it agrees too little with the current bundle.
    UsageError
        If the store cannot be written, or there is no recording to judge agreement on.
    """
    bundle = load_bundle(request.path, request.trusted)
    before = current_bundle(store)
    if not request.older:
        _refuse_older(bundle, before)
    trial = tried(_job(bundle.path, request, None))
    comparison = _compared(bundle, before, request)
    agreement = comparison.agreement
    if comparison.recording is None and request.minimum_agreement > 0:
        raise UsageError("--minimum-agreement needs a recording to agree on; give one with --on RECORDING")
    if agreement is not None and agreement < request.minimum_agreement:
        raise GateError(
            f"{bundle.path}: says the same as the current bundle on {agreement:.3f} of the recording's windows; "
            f"allowed: {request.minimum_agreement:g} or more. Nothing was installed"
        )
    content = request.path.read_bytes()
    if hashlib.sha256(content).hexdigest() != bundle.sha256:
        raise BundleError(f"{request.path}: was changed while it was tried; nothing was installed")
    return Installation(
        installed=store.install(bundle, content),
        signed_by=bundle.signed_by,
        trial=trial,
        comparison=comparison,
    )


def current_bundle(store: BundleStore, trusted: Sequence[TrustedKey] = ()) -> Bundle:
    """The bundle that counts: the installed one, else the one that ships.

    Raises
    ------
    BundleError
        If it cannot be used.
    """
    current = store.state.current
    return load_bundle(store.path(current) if current else default_bundle_path(), trusted)


def _compared(bundle: Bundle, before: Bundle, request: InstallRequest) -> Comparison:
    if request.recording is not None:
        found = tried(_job(bundle.path, request, request.recording))
        if bundle.manifest.labels != before.manifest.labels:
            return Comparison(recording=request.recording)
        old = tried(_job(before.path, request, request.recording))
        return Comparison(recording=request.recording, agreement=_agreement(found, old))
    if request.recent is None:
        return Comparison()
    try:
        old = tried(_job(before.path, request, request.recent))
    except BundleError:
        return Comparison()
    found = tried(_job(bundle.path, request, request.recent))
    same = bundle.manifest.labels == before.manifest.labels
    return Comparison(recording=request.recent, agreement=_agreement(found, old) if same else None)


def _job(path: Path, request: InstallRequest, recording: Path | None) -> TrialJob:
    return TrialJob(
        bundle=str(path),
        engine=request.engine,
        precision=request.precision,
        recording=str(recording) if recording else None,
    )


def _refuse_older(bundle: Bundle, before: Bundle) -> None:
    new, old = bundle.manifest, before.manifest
    if new.name == old.name and _numbers(new.version) < _numbers(old.version):
        raise BundleError(
            f"{bundle.path}: is {new.name} {new.version}, older than {old.version} that is in use; "
            "give --older if that is meant, or 'edge-emotion bundle rollback'"
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:4])


def _agreement(one: TrialResult, other: TrialResult) -> float:
    pairs = list(zip(one.verdicts, other.verdicts, strict=False))
    return sum(a == b for a, b in pairs) / max(1, len(pairs))
