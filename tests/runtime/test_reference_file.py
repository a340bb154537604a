"""A stored reference comes back bit for bit, or is refused in one line."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_bundle import write_bundle

from edge_emotion.bundle.reader import Bundle, load_bundle
from edge_emotion.errors import InputError, MissingExtraError
from edge_emotion.runtime.normalise import Normaliser
from edge_emotion.runtime.reference_file import (
    SCHEMA_VERSION,
    StoredReference,
    check_modalities,
    identity,
    read_reference,
    write_reference,
)
from edge_emotion.signals.features import CARDIAC_FEATURES
from edge_emotion.signals.spec import SignalSpec
from edge_emotion.types import NS_PER_S, Modality, Quality, Role, Window

BOTH = (Modality.ECG, Modality.EDA)
SECRET = "correct horse"


def no_passphrase() -> str:
    raise AssertionError("a plain file needs none")


@pytest.fixture(scope="module")
def bundle(signal_spec: SignalSpec, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(write_bundle(tmp_path_factory.mktemp("bundle") / "tiny.emo", signal_spec))


def window(bundle: Bundle, index: int, seed: int) -> Window:
    """Random signals of a calm person."""
    random = np.random.default_rng([seed, index])
    tensors = {}
    for spec in bundle.manifest.inputs:
        if spec.name != "present":
            shape = (spec.shape[1] // 2, *spec.shape[2:])
            tensors[spec.name] = random.uniform(0.1, 3.0, shape).astype(np.float32)
    tensors["cardiac_features"][0] = 65 + random.normal(0, 0.3)
    tensors["eda_features"][0] = random.normal(0, 0.01)  # level: steady
    end_ns = (60 + 5 * index) * NS_PER_S
    quality = tuple(Quality(role=r, index=1.0) for r in Role)
    start_ns = end_ns - 60 * NS_PER_S
    return Window(start_ns=start_ns, end_ns=end_ns, tensors=tensors, quality=quality, complete=True)


def rested(bundle: Bundle, seed: int, windows: int = 13) -> Normaliser:
    spec = msgspec.structs.replace(bundle.manifest.normalisation, reference_s=55.0 + 5 * windows)
    normaliser = Normaliser(spec, 0.3)
    for index in range(windows):
        normaliser.push(window(bundle, index, seed))
    return normaliser


def stored(
    bundle: Bundle, normaliser: Normaliser, modalities: tuple[Modality, ...] = BOTH
) -> StoredReference:
    return StoredReference(
        schema_version=SCHEMA_VERSION,
        name="me",
        made_at="2026-01-01T00:00:00+00:00",
        runtime="0.1.0",
        bundle=identity(bundle),
        roles=normaliser.references(modalities),
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), windows=st.integers(1, 40))
def test_a_reloaded_reference_gives_bit_identical_inputs(
    bundle: Bundle, tmp_path: Path, seed: int, windows: int
) -> None:
    live = rested(bundle, seed, windows)
    path = tmp_path / "me.json"
    write_reference(path, stored(bundle, live), None)
    again = Normaliser(bundle.manifest.normalisation, 0.3, read_reference(path, bundle, no_passphrase).roles)
    later = window(bundle, 1000, seed)
    expected = live.push(later).inputs
    for name, values in again.push(later).inputs.items():
        np.testing.assert_array_equal(values, expected[name])


def test_only_its_owner_may_read_it_and_no_part_is_left(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "folder" / "me.json"
    for _ in range(2):
        write_reference(path, stored(bundle, rested(bundle, 0)), None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_sealed_reference_opens_with_its_passphrase_alone(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "me.json"
    reference = stored(bundle, rested(bundle, 1))
    write_reference(path, reference, SECRET)
    assert b"cardiac" not in path.read_bytes()
    assert read_reference(path, bundle, lambda: SECRET) == reference
    with pytest.raises(InputError, match="passphrase is wrong"):
        read_reference(path, bundle, lambda: "another one")
    once = path.read_bytes()
    write_reference(path, reference, SECRET)
    assert json.loads(once)["nonce"] != json.loads(path.read_bytes())["nonce"]


def test_a_changed_bit_of_a_sealed_reference_is_seen(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "me.json"
    write_reference(path, stored(bundle, rested(bundle, 1)), SECRET)
    fields = json.loads(path.read_bytes())
    fields["sealed"] = ("B" if fields["sealed"][0] == "A" else "A") + fields["sealed"][1:]
    path.write_text(json.dumps(fields))
    with pytest.raises(InputError, match="was changed"):
        read_reference(path, bundle, lambda: SECRET)


def test_another_normalisation_is_refused(bundle: Bundle, signal_spec: SignalSpec, tmp_path: Path) -> None:
    other_spec = msgspec.structs.replace(signal_spec, hop_s=10.0)
    other = load_bundle(write_bundle(tmp_path / "other.emo", other_spec))
    path = tmp_path / "me.json"
    write_reference(path, stored(bundle, rested(bundle, 0)), None)
    with pytest.raises(InputError, match="run 'edge-emotion calibrate' with this bundle"):
        read_reference(path, other, no_passphrase)


def test_another_sensor_is_refused(bundle: Bundle) -> None:
    reference = stored(bundle, rested(bundle, 0))
    check_modalities(reference, (Modality.ECG,))
    with pytest.raises(InputError, match="as ecg, this session has bvp"):
        check_modalities(reference, (Modality.BVP, Modality.EDA))


def _with(fields: dict, *keys: str | int, value: object) -> dict:
    target = fields
    for key in keys[:-1]:
        target = target[key]
    target[keys[-1]] = value
    return fields


FIRST = ("roles", 0, "moments", 0, "sums", 0)
HOSTILE = {
    "not JSON": lambda f: b"{",
    "truncated": lambda f: json.dumps(f).encode()[:-20],
    "another file": lambda f: b'{"format": "edge-emotion-bundle"}',
    "no object": lambda f: b"[[[[1]]]]",
    "deep": lambda f: b"[" * 100_000,
    "too large": lambda f: b" " * 300_000,
    "unknown key": lambda f: {**f, "note": 1},
    "newer": lambda f: {**f, "schema_version": 2},
    "no role": lambda f: {**f, "roles": []},
    "a role twice": lambda f: {**f, "roles": [f["roles"][0]] * 2},
    "NaN": lambda f: json.dumps(_with(f, *FIRST, value=float("nan"))).encode(),
    "infinite": lambda f: json.dumps(_with(f, *FIRST, value="X")).replace('"X"', "1e999").encode(),
    "huge": lambda f: _with(f, *FIRST, value=1e300),
    "far": lambda f: _with(f, *FIRST, value=1e7),
    "no windows": lambda f: _with(f, "roles", 0, "windows", value=0),
    "negative spread": lambda f: _with(f, "roles", 0, "moments", 0, "squares", 0, value=-5.0),
    "narrow": lambda f: _with(f, "roles", 0, "moments", 0, "sums", value=[1.0]),
    "wide": lambda f: _with(f, "roles", 0, "moments", 0, "sums", value=[1.0] * 5000),
    "no tensor": lambda f: _with(f, "roles", 0, "moments", value=[]),
    "strange tensor": lambda f: _with(f, "roles", 0, "moments", 0, "tensor", value="eda"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_one_line(bundle: Bundle, tmp_path: Path, name: str) -> None:
    fields = json.loads(msgspec.json.encode(stored(bundle, rested(bundle, 0))))
    made = HOSTILE[name](fields)
    path = tmp_path / "me.json"
    path.write_bytes(made if isinstance(made, bytes) else json.dumps(made).encode())
    with pytest.raises(InputError, match=r"me\.json: ") as caught:
        read_reference(path, bundle, no_passphrase)
    assert "\n" not in str(caught.value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 5000), byte=st.integers(0, 255))
def test_a_changed_byte_is_refused_or_gives_finite_inputs(
    bundle: Bundle, tmp_path: Path, at: int, byte: int
) -> None:
    data = bytearray(msgspec.json.encode(stored(bundle, rested(bundle, 0, 2))))
    data[at % len(data)] = byte
    path = tmp_path / "me.json"
    path.write_bytes(data)
    try:
        reference = read_reference(path, bundle, lambda: SECRET)
    except InputError:
        return
    inputs = Normaliser(bundle.manifest.normalisation, 0.3, reference.roles).push(window(bundle, 0, 0)).inputs
    assert all(np.isfinite(values).all() for values in inputs.values())


def test_without_cryptography_the_extra_is_named(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "me.json"
    write_reference(path, stored(bundle, rested(bundle, 1)), SECRET)
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    with pytest.raises(MissingExtraError, match="crypto"):
        write_reference(path, stored(bundle, rested(bundle, 1)), SECRET)
    with pytest.raises(MissingExtraError, match="crypto"):
        read_reference(path, bundle, lambda: SECRET)


def test_a_short_rest_is_drawn_towards_the_population(bundle: Bundle) -> None:
    def level(rest_s: float) -> float:
        roles = rested(bundle, 3).references(BOTH)
        shorter = tuple(msgspec.structs.replace(r, rest_s=rest_s) for r in roles)
        spec = msgspec.structs.replace(bundle.manifest.normalisation, reference_s=300.0)
        inputs = Normaliser(spec, 0.3, shorter).push(window(bundle, 0, 3)).inputs
        return float(inputs["cardiac_features"][len(CARDIAC_FEATURES) + 1])

    # The tiny bundle's population has mean zero, so less trust leaves the window farther above its rest.
    assert level(60.0) > level(120.0) > level(300.0) == level(600.0)
