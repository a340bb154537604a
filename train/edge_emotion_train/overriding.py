"""``--set key=value``: a recipe with some fields changed, checked as if the file had said so."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from edge_emotion.errors import InputError, UsageError
from edge_emotion_train.recipe import Recipe, check


def recipe_toml(recipe: Recipe) -> bytes:
    """The recipe as a file that `load_recipe` reads back to the same value."""
    return msgspec.toml.encode(_without_none(msgspec.to_builtins(recipe)))


def _without_none(value: Any) -> Any:
    """TOML has no null: a field that is absent has its default, and every field that may be null defaults to it."""
    if isinstance(value, dict):
        return {name: _without_none(inner) for name, inner in value.items() if inner is not None}
    return [_without_none(inner) for inner in value] if isinstance(value, list | tuple) else value


def parsed(assignment: str) -> tuple[str, tuple[Any, ...]]:
    """Key and values of ``key=value`` or ``key=value,value``; values are written as in TOML, bare words are strings.

    Raises
    ------
    UsageError
        If it has another form.
    """
    key, equals, text = assignment.partition("=")
    if not equals or not key.strip() or not text.strip():
        raise UsageError(f"--set {assignment}: write key=value, such as training.learning_rate=0.003")
    try:
        values = tomllib.loads(f"values = [{text}]")["values"]
    except tomllib.TOMLDecodeError:
        values = [_value(word.strip()) for word in text.split(",")]
    return key.strip(), tuple(values)


def _value(word: str) -> Any:
    try:
        return tomllib.loads(f"value = {word}")["value"]
    except tomllib.TOMLDecodeError:
        return word


def changed(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """The recipe with the fields at these dotted paths replaced; a number in a path picks from a list.

    Raises
    ------
    UsageError
        If a field does not exist, or a value is not of its type.
    """
    tree = msgspec.to_builtins(recipe, builtin_types=())
    tree = msgspec.json.decode(msgspec.json.encode(tree))  # lists instead of tuples: they can be assigned to
    for key, value in changes.items():
        _assign(tree, key, value)
    try:
        result = msgspec.convert(tree, type=Recipe)
        check(result)
    except (msgspec.ValidationError, InputError) as error:
        given = " ".join(f"--set {key}={value}" for key, value in changes.items())
        reason = str(error).replace("Expected", "expected").replace("`", "").replace("$.", "")
        raise UsageError(f"{given}: {reason}") from error
    return result


def _assign(tree: Any, key: str, value: Any) -> None:
    *path, last = key.split(".")
    for depth, part in enumerate((*path, last)):
        known: Sequence[str] = list(tree) if isinstance(tree, dict) else _numbers(tree)
        if part not in known:
            near = difflib.get_close_matches(part, known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            where = ".".join(key.split(".")[:depth]) or "the recipe"
            allowed = ", ".join(known) or "nothing to set: it is a value"
            raise UsageError(f"--set {key}: {where} has no {part!r}; {hint}it has {allowed}")
        place = part if isinstance(tree, dict) else int(part)
        if depth == len(path):
            tree[place] = value
        else:
            tree = tree[place]


def _numbers(tree: Any) -> list[str]:
    return [str(number) for number in range(len(tree))] if isinstance(tree, list) else []
