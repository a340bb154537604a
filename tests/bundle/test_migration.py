"""An older manifest is read as the newest; the steps here are made up, the chain is the real one."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import msgspec
import pytest

from edge_emotion.bundle.manifest import SCHEMA_VERSION
from edge_emotion.bundle.migration import STEPS, Content, upgraded
from edge_emotion.bundle.reader import decode_manifest
from edge_emotion.errors import BundleError


def signals_were_called_chain(content: Content) -> Content:
    """Made-up schema 1 to made-up schema 2."""
    return {**{k: v for k, v in content.items() if k != "chain"}, "signals": content["chain"]}


def labels_were_one_text(content: Content) -> Content:
    """Made-up schema 2 to made-up schema 3."""
    labels = content["labels"]
    if not isinstance(labels, str):
        raise TypeError("labels")
    return {**content, "labels": labels.split(",")}


MADE_UP = (signals_were_called_chain, labels_were_one_text)


@pytest.fixture
def oldest(content: dict[str, Any]) -> dict[str, Any]:
    content["chain"] = content.pop("signals")
    return {**content, "labels": "rest,stress"}


def decoded(content: Mapping[str, Any], newest: int = len(MADE_UP) + 1) -> Any:
    return decode_manifest(msgspec.json.encode(content), MADE_UP[: newest - 1])


def test_there_is_a_step_to_each_schema_but_the_first() -> None:
    assert len(STEPS) == SCHEMA_VERSION - 1


def test_the_oldest_goes_through_every_step(oldest: dict[str, Any]) -> None:
    manifest = decoded(oldest)
    assert manifest.labels == ("rest", "stress")
    assert manifest.signals.window_s == 2.0
    assert manifest.schema_version == 3


def test_one_from_between_takes_the_rest_of_the_steps(content: dict[str, Any]) -> None:
    assert decoded({**content, "schema_version": 2, "labels": "a,b"}).labels == ("a", "b")


def test_the_newest_takes_none(content: dict[str, Any]) -> None:
    assert decoded({**content, "schema_version": 3}).labels == ("rest", "stress")


def test_steps_leave_what_they_are_given(oldest: dict[str, Any]) -> None:
    before = deepcopy(oldest)
    upgraded(oldest, MADE_UP)
    assert oldest == before


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ({"chain": None}, "signals"),
        ({"labels": 7}, "not what its schema promises"),
        ({"novelty": 1}, "unknown field `novelty`"),
        ({"schema_version": 4}, "reads up to schema 3: upgrade"),
        ({"schema_version": 0}, "numbered from 1"),
    ],
)
def test_what_an_older_schema_does_not_allow_is_refused(
    oldest: dict[str, Any], spoil: dict[str, Any], message: str
) -> None:
    with pytest.raises(BundleError, match=message):
        decoded({**oldest, **spoil})


def test_a_field_that_a_step_needs_is_named(oldest: dict[str, Any]) -> None:
    del oldest["chain"]
    with pytest.raises(BundleError, match=r"promises \(KeyError\('chain'\)\)"):
        decoded(oldest)


def test_an_unknown_version_never_reaches_a_step() -> None:
    with pytest.raises(ValueError, match="schema '1' is none of 1 to 3"):
        upgraded({"schema_version": "1"}, MADE_UP)
