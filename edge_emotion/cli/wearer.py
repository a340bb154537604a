"""One wearer's session from settings: source, pipeline, recording, sinks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_emotion.bundle.reader import Bundle
from edge_emotion.cli.run_config import RunConfig
from edge_emotion.cli.run_sinks import context_of, screen_of, sinks_of
from edge_emotion.cli.run_source import open_input
from edge_emotion.cli.stored_reference import doubts, open_reference
from edge_emotion.clock import SystemClock
from edge_emotion.engines import Engine
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.runtime.session import Session
from edge_emotion.sinks import Sink
from edge_emotion.types import Modality

if TYPE_CHECKING:
    from edge_emotion.cli.recording import Recorded
    from edge_emotion.dashboard.server import DashboardServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What the wearers of one gateway have in common.

    Parameters
    ----------
    turn
        Held by who scans or connects: one radio cannot do both.
    several
        Whether there is more than one wearer.
    """

    bundle: Bundle
    engine: Engine
    dashboard: DashboardServer | None = None
    turn: asyncio.Lock | None = None
    several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A session that is ready to run."""

    session: Session
    recording: Recorded | None
    _pipeline: Pipeline
    _modalities: tuple[Modality, ...]

    def closing_lines(self) -> list[str]:
        """What is said of recording and reference at the end."""
        recorded = [self.recording.summary] if self.recording else []
        return [*recorded, *doubts(self._pipeline.reference_verdicts, self._modalities)]


def prepare(config: RunConfig, shared: Shared, more: Sequence[Sink] = ()) -> Prepared:
    """Open everything that one wearer needs.

    Raises
    ------
    EdgeEmotionError
        If a setting, file or extra is wrong or missing.
    """
    bundle, engine = shared.bundle, shared.engine
    given = open_input(config, shared.turn)
    manifest, modalities = bundle.manifest, given.source.modalities
    reference = open_reference(config.reference, config.passphrase_file, bundle, modalities)
    roles = reference.roles if reference else ()
    said = reference.rest_logits_for(bundle) if reference else ()
    pipeline = Pipeline(manifest, engine, modalities, given.clock, reference=roles, rest_logits=said)
    title = f"{given.name} · {manifest.name} {manifest.version} · {engine.name} {engine.precision}"
    if reference:
        title += f" · rest of {reference.name}"
    context = context_of(config, given, manifest.labels, title, shared.several)
    sinks = [*sinks_of(config, given, context), screen_of(config, context), *more]
    if shared.dashboard:
        from edge_emotion.cli.dashboard import dashboard_facts

        sinks.append(shared.dashboard.feed(dashboard_facts(config, manifest, title)))
    recording = None
    if config.record:
        from edge_emotion.cli.recording import recording_of

        recording = recording_of(config, given, bundle, engine, reference)
    source = recording.source if recording else given.source
    # The recording comes first: what a sink that fails was about is on disk.
    session = Session(source, pipeline, [recording.sink, *sinks] if recording else sinks, SystemClock())
    return Prepared(session=session, recording=recording, _pipeline=pipeline, _modalities=modalities)
