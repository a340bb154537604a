"""A threshold of the wearer's own: what changes by it, and what must not."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from signals import interleaved, packets
from tiny_bundle import write_bundle

from edge_emotion.bundle.consistency import check_manifest
from edge_emotion.bundle.manifest import Manifest
from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.engines.opening import open_engine
from edge_emotion.errors import BundleError, InputError
from edge_emotion.runtime.calibrator import CalibrationOutcome, Calibrator
from edge_emotion.runtime.pipeline import Pipeline
from edge_emotion.runtime.reference_file import (
    SCHEMA_VERSION,
    StoredReference,
    StoredThreshold,
    identity,
    network_digest,
    read_reference,
    write_reference,
)
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.simulation.generator import simulate
from edge_emotion.simulation.protocol import Phase, Protocol
from edge_emotion.types import Modality, Report, Samples

BOTH = (Modality.ECG, Modality.EDA)
SHARE = 0.5
ABOVE = 1.5
"""By so much more the network leans to stress on this wearer's rest than on other people's."""
MADE = simulate(
    Protocol(phase=(Phase(name="rest", duration_s=150), Phase(name="stress", duration_s=60))), seed=3
)


@pytest.fixture(scope="module")
def bundle(signal_spec: SignalSpec, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(write_bundle(Path(tmp_path_factory.mktemp("bundle")) / "tiny.emo", signal_spec))


def asking(bundle: Bundle, rest_logits: tuple[float, ...]) -> Manifest:
    """The same with a threshold of the wearer's own; probabilities of one window, so that they can be compared."""
    decision = msgspec.structs.replace(
        bundle.manifest.decision, own_threshold=SHARE, rest_logits=rest_logits, smoothing_windows=1
    )
    return msgspec.structs.replace(bundle.manifest, decision=decision)


def plain(bundle: Bundle) -> Manifest:
    decision = msgspec.structs.replace(bundle.manifest.decision, smoothing_windows=1)
    return msgspec.structs.replace(bundle.manifest, decision=decision)


def session(ecg: int = 73, eda: int = 5) -> list[Samples]:
    return interleaved(
        packets(Modality.ECG, MADE.ecg_mv, MADE.ecg_rate_hz, [ecg]),
        packets(Modality.EDA, MADE.eda_us, MADE.eda_rate_hz, [eda]),
    )


def log_odds(pipeline: Pipeline, items: list[Samples]) -> np.ndarray:
    """Of stress, one a report that has probabilities."""
    reports = [e for item in items for e in pipeline.push(item) if isinstance(e, Report)]
    said = np.array([list(r.probabilities.values()) for r in reports if r.probabilities])
    return np.asarray(np.log(said[:, 1] / said[:, 0]))


def guided(bundle: Bundle, manifest: Manifest, items: list[Samples]) -> CalibrationOutcome:
    calibrator = Calibrator(manifest, BOTH, 60.0, open_engine(bundle, precision="float32"))
    for item in items:
        calibrator.push(item)
    return calibrator.outcome()


def usual(bundle: Bundle) -> tuple[float, ...]:
    """What the network says of this wearer's rest, had other people's been lower in stress by `ABOVE`."""
    own = guided(bundle, plain(bundle), session()).rest_logits
    return (own[0], own[1] - ABOVE)


def test_the_share_of_what_is_unusual_at_rest_is_taken_off(bundle: Bundle) -> None:
    engine = open_engine(bundle, precision="float32")
    everybody = log_odds(Pipeline(plain(bundle), engine, BOTH), session())
    own = log_odds(Pipeline(asking(bundle, usual(bundle)), engine, BOTH), session())
    np.testing.assert_allclose(everybody - own, SHARE * ABOVE, atol=2e-3)


def test_another_session_settles_it_anew(bundle: Bundle) -> None:
    pipeline = Pipeline(asking(bundle, usual(bundle)), open_engine(bundle, precision="float32"), BOTH)
    first = log_odds(pipeline, session())
    pipeline.reset()
    np.testing.assert_array_equal(log_odds(pipeline, session()), first)


def test_packets_do_not_matter(bundle: Bundle) -> None:
    manifest, engine = asking(bundle, usual(bundle)), open_engine(bundle, precision="float32")
    np.testing.assert_array_equal(
        log_odds(Pipeline(manifest, engine, BOTH), session(500, 40)),
        log_odds(Pipeline(manifest, engine, BOTH), session()),
    )
    assert guided(bundle, manifest, session(500, 40)) == guided(bundle, manifest, session())


def test_a_stored_rest_brings_its_threshold(bundle: Bundle, tmp_path: Path) -> None:
    manifest, engine = asking(bundle, usual(bundle)), open_engine(bundle, precision="float32")
    stored = reference(bundle, guided(bundle, manifest, session()))
    write_reference(tmp_path / "me.json", stored, None)
    again = read_reference(tmp_path / "me.json", bundle, lambda: "")
    everybody = log_odds(Pipeline(plain(bundle), engine, BOTH, reference=again.roles), session())
    said = again.rest_logits_for(bundle)
    own = log_odds(Pipeline(manifest, engine, BOTH, reference=again.roles, rest_logits=said), session())
    np.testing.assert_allclose(everybody - own, SHARE * ABOVE, atol=2e-3)


def test_a_stored_rest_that_was_never_shown_to_this_network_changes_nothing(bundle: Bundle) -> None:
    manifest, engine = asking(bundle, usual(bundle)), open_engine(bundle, precision="float32")
    stored = reference(bundle, guided(bundle, manifest, session()))
    other = StoredThreshold(network_sha256="0" * 64, rest_logits=(0.0, 9.0))
    strange = msgspec.structs.replace(stored, threshold=other)
    assert strange.rest_logits_for(bundle) == ()
    roles = stored.roles
    np.testing.assert_array_equal(
        log_odds(Pipeline(manifest, engine, BOTH, reference=roles), session()),
        log_odds(Pipeline(plain(bundle), engine, BOTH, reference=roles), session()),
    )


def test_a_reference_without_a_threshold_is_written_as_before(bundle: Bundle, tmp_path: Path) -> None:
    """So that an older runtime, which refuses what it does not know, still reads it."""
    found = reference(bundle, guided(bundle, plain(bundle), session()))
    write_reference(tmp_path / "me.json", msgspec.structs.replace(found, threshold=None), None)
    assert b"threshold" not in (tmp_path / "me.json").read_bytes()


def test_a_threshold_between_other_classes_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    stored = reference(bundle, guided(bundle, plain(bundle), session()))
    three = StoredThreshold(network_sha256=network_digest(bundle), rest_logits=(0.0, 1.0, 2.0))
    write_reference(tmp_path / "me.json", msgspec.structs.replace(stored, threshold=three), None)
    with pytest.raises(InputError, match=r"3 rest_logits.*2 labels: calibrate again"):
        read_reference(tmp_path / "me.json", bundle, lambda: "")


def test_a_bundle_that_asks_for_it_must_know_what_is_usual(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match="0 rest_logits"):
        check_manifest(asking(bundle, ()))
    check_manifest(asking(bundle, (0.0, 1.0)))


def reference(bundle: Bundle, outcome: CalibrationOutcome) -> StoredReference:
    return StoredReference(
        schema_version=SCHEMA_VERSION,
        name="me",
        made_at="2026-01-01T00:00:00+00:00",
        runtime="0.1.0",
        bundle=identity(bundle),
        roles=outcome.roles,
        threshold=StoredThreshold(network_sha256=network_digest(bundle), rest_logits=outcome.rest_logits),
    )
