"""Where references are kept, how they are opened, and what a session says about its own."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from edge_emotion.bundle.reader import Bundle
from edge_emotion.cli.folders import kept_in
from edge_emotion.cli.passphrase import passphrase
from edge_emotion.errors import UsageError
from edge_emotion.runtime.reference_file import NAME, StoredReference, check_modalities, read_reference
from edge_emotion.runtime.rest import RestVerdict
from edge_emotion.sinks.wording import rest_lines
from edge_emotion.types import ROLE_OF, Modality, Role

FOLDER, FOLDER_VARIABLE = "references", "EDGE_EMOTION_REFERENCES"
"""Not beside the bundle: that one is shared, copied and replaced by upgrades, and often lies where only root may write. A
person's rest is none of that."""


def reference_path(name: str, bundle: Bundle, references: Path) -> Path:
    """Where the reference called ``name`` for this bundle is kept below the folder of all references.

    Raises
    ------
    UsageError
        If it is not a name.
    """
    if NAME.fullmatch(name) is None:
        raise UsageError(
            f"{name!r} is no name of a reference: allowed are up to 64 letters, digits, dots, dashes and underscores, "
            "the first a letter or digit; or the path of a .json file"
        )
    # A bundle may call itself anything; its folder may not.
    own = re.sub(r"[^A-Za-z0-9-]+", "_", bundle.manifest.name, flags=re.ASCII)[:64]
    return references / (own or "_") / f"{name}.json"


def open_reference(
    given: str | None, passphrase_file: str | None, bundle: Bundle, modalities: Sequence[Modality]
) -> StoredReference | None:
    """The reference that was named, or given as a file; checked against bundle and sensors.

    Raises
    ------
    EdgeEmotionError
        If it cannot be used.
    """
    if given is None:
        return None
    is_path = given.endswith(".json") or "/" in given or os.sep in given
    path = Path(given) if is_path else reference_path(given, bundle, kept_in(FOLDER, FOLDER_VARIABLE))
    reference = read_reference(path, bundle, partial(passphrase, passphrase_file))
    check_modalities(reference, modalities)
    return reference


def doubts(verdicts: Mapping[Role, RestVerdict], modalities: Sequence[Modality]) -> list[str]:
    """What was wrong with a session's own rest, a line each; nothing if it was good."""
    roles = [ROLE_OF[m] for m in modalities if m in ROLE_OF]
    lines: list[str] = []
    for role in roles:
        verdict = verdicts.get(role)
        if verdict is not None and not verdict.allows(role):
            lines += [f"no rest: {line}" for line in rest_lines(verdict.about(roles))]
    if lines:
        lines.append("a guided rest helps: edge-emotion calibrate, then run with --reference")
    return list(dict.fromkeys(lines))
