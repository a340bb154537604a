"""The folder of a microcontroller build: written beside its place and then put there whole."""

from __future__ import annotations

import shutil
import tempfile
from importlib import resources
from pathlib import Path

from edge_emotion.errors import UsageError
from edge_emotion.json_text import indented
from edge_emotion_export.tflm.cpp import sources
from edge_emotion_export.tflm.making import MicroBuild

FACTS_FILE = "facts.json"
MODEL_FILE = "model.tflite"
README_FILE = "README.md"


def micro_folder(bundle: Path) -> Path:
    """Where the build of a bundle at ``bundle`` lies: ``name-version-tflm`` beside it."""
    return bundle.parent / f"{bundle.stem}-tflm"


def write_micro(build: MicroBuild, folder: Path) -> Path:
    """Write every file of ``build``; a build that lies there already is replaced.

    Raises
    ------
    UsageError
        If ``folder`` holds something else, or cannot be written.
    """
    if folder.exists() and not (folder / FACTS_FILE).is_file():
        raise UsageError(
            f"{folder} is there and holds no microcontroller build: choose another place with --out"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as scratch:
            draft = Path(scratch) / folder.name
            draft.mkdir()
            _fill(draft, build)
            if folder.exists():
                shutil.rmtree(folder)
            draft.replace(folder)
    except OSError as error:
        raise UsageError(
            f"cannot write {folder} ({error.strerror}); choose another place with --out"
        ) from error
    return folder


def _fill(folder: Path, build: MicroBuild) -> None:
    for name, text in sources(build).items():
        (folder / name).write_text(text)
    (folder / MODEL_FILE).write_bytes(build.model)
    (folder / FACTS_FILE).write_bytes(indented(build.facts))
    (folder / README_FILE).write_text((resources.files(__package__) / README_FILE).read_text())
