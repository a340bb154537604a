"""Which bundle counts survives everything; one that never makes a report is taken back."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from edge_emotion.errors import InputError, UsageError
from edge_emotion.updates.store import MOST_STARTS, BundleStore


@pytest.fixture
def store(tmp_path: Path) -> BundleStore:
    return BundleStore(tmp_path / "bundles")


def put(store: BundleStore, version: str) -> None:
    bundle = SimpleNamespace(manifest=SimpleNamespace(name="tiny", version=version), sha256=version * 64)
    store.install(bundle, version.encode())  # type: ignore[arg-type]


def version(store: BundleStore) -> str | None:
    current = store.state.current
    return current.version if current else None


def test_nothing_installed_is_no_error(store: BundleStore):
    assert store.begin() == (None, None)
    assert not store.folder.exists()
    with pytest.raises(UsageError, match="no bundle is installed"):
        store.roll_back()


def test_a_bundle_that_reports_counts_for_good(store: BundleStore):
    put(store, "1")
    store.begin()
    store.confirm("1" * 64)
    for _ in range(10):
        assert store.begin()[1] is None
    assert version(store) == "1"


def test_one_that_never_reports_is_taken_back_after_three_starts(store: BundleStore):
    put(store, "1")
    store.confirm("1" * 64)
    put(store, "2")
    for _ in range(MOST_STARTS):
        assert store.begin()[0].version == "2"  # type: ignore[union-attr]
    current, told = store.begin()
    assert current is not None
    assert (current.version, store.state.refused) == ("1", ("2" * 64,))
    assert "started 3 times and never made a report" in (told or "")
    assert store.begin() == (current, None)


def test_a_report_of_another_bundle_proves_nothing(store: BundleStore):
    put(store, "1")
    put(store, "2")
    store.confirm("1" * 64)
    assert store.state.starts == 0
    store.confirm("2" * 64)
    assert store.state.starts is None


def test_the_file_of_the_last_one_taken_back_leads_to_the_one_that_ships(store: BundleStore):
    put(store, "1")
    old, now = store.roll_back()
    assert (old.version, now, store.begin()) == ("1", None, (None, None))


def test_the_same_twice_is_one_and_old_files_go(store: BundleStore):
    for name in "1234567" + "7":
        put(store, name)
    assert [b.version for b in store.state.bundles] == list("34567")
    assert len(list(store.folder.glob("*.emo"))) == 5


@pytest.mark.parametrize("replaced_before", [0, 1])
def test_a_power_cut_at_any_write_leaves_the_old_one(
    store: BundleStore, monkeypatch: pytest.MonkeyPatch, replaced_before: int
):
    put(store, "1")
    real, calls = Path.replace, iter(range(100))

    def cut(self: Path, target: Path) -> Path:
        if next(calls) == replaced_before:
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", cut)
    with pytest.raises(KeyboardInterrupt):
        put(store, "2")
    assert version(store) == "1"
    assert store.path(store.state.current).read_bytes() == b"1"  # type: ignore[arg-type]
    assert not list(store.folder.glob(".*.part"))


def test_a_store_that_somebody_damaged_says_so(store: BundleStore):
    put(store, "1")
    (store.folder / "installed.json").write_text("{")
    with pytest.raises(InputError, match="remove it to begin with the bundle that ships"):
        store.begin()
