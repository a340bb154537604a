"""From the manifest of an older schema to the newest: a chain of pure functions, one a step.

``STEPS[0]`` turns schema 1 into schema 2, ``STEPS[1]`` schema 2 into schema 3, and so on. A step takes and gives a manifest as
plain JSON values, never changes what it was given, and need not set ``schema_version``. A change that only adds a field with a
default is no new schema and needs no step. Hashes and signature are checked against the bytes of the file, before any step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

Content = Mapping[str, object]
Step = Callable[[Content], Content]

STEPS: tuple[Step, ...] = ()
"""Schema 1 is the first and the newest."""


def upgraded(content: Content, steps: Sequence[Step] = STEPS) -> Content:
    """``content`` as the newest schema writes it.

    Parameters
    ----------
    content
        A manifest whose ``schema_version`` is 1 to ``len(steps) + 1``.

    Raises
    ------
    LookupError, TypeError, AttributeError, ValueError
        Of a step that does not find what its schema promises.
    """
    first = content["schema_version"]
    if not isinstance(first, int) or not 1 <= first <= len(steps) + 1:
        raise ValueError(f"schema {first!r} is none of 1 to {len(steps) + 1}")
    for version, step in enumerate(steps[first - 1 :], start=first + 1):
        content = {**step(content), "schema_version": version}
    return content
