"""Files of C in a folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from edge_emotion.bundle.manifest import ModelFile
from edge_emotion.bundle.reader import Bundle
from edge_emotion.errors import UsageError
from edge_emotion_export.firmware import tables

PLAIN = re.compile(r"[A-Za-z0-9_.:;-][A-Za-z0-9_.:/;-]{0,199}", re.ASCII)
ARITHMETIC = ("edge_chain.h", "edge_chain.c")


def write_firmware(bundle: Bundle, folder: Path) -> tuple[Path, ...]:
    """Write a bundle's constants and network as C99.

    Parameters
    ----------
    folder
        Made if need be; files of the same names are replaced.

    Raises
    ------
    UsageError
        If the bundle has no int8 .tflite file, or the folder cannot be written.
    """
    manifest, model = bundle.manifest, int8_model(bundle)
    ports = (*model.inputs, *model.outputs)
    names = [*(s.tensor for s in manifest.normalisation.scaling), *(b.name for b in ports)]
    _require_plain([manifest.name, manifest.version, *names, *manifest.labels, *(b.tensor for b in ports)])
    here = Path(__file__).parent
    contents: Mapping[str, str] = {
        **{name: (here / name).read_text() for name in ARITHMETIC},
        "edge_model.h": tables.header(manifest, model),
        "edge_model_filters.c": tables.filters(manifest),
        "edge_model_normalisation.c": tables.normalisation(manifest),
        "edge_model_network.c": tables.network(manifest, model, bundle.read(model.path)),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in contents.items():
            (folder / name).write_text(text)
    except OSError as error:
        raise UsageError(
            f"--firmware {folder}: cannot be written ({error.strerror}); give a folder that can be"
        ) from None
    return tuple(folder / name for name in contents)


def _require_plain(texts: list[str]) -> None:
    """What a bundle calls things becomes source code: it may not be more than a name."""
    for text in texts:
        if not PLAIN.fullmatch(text):
            raise UsageError(
                f"the bundle calls something {text!r}, which cannot stand in C: letters, digits and - _ . : / ; are allowed"
            )


def int8_model(bundle: Bundle) -> ModelFile:
    """The file that goes into the firmware.

    Raises
    ------
    UsageError
        If the bundle has none.
    """
    for file in bundle.manifest.model_files:
        if file.engine == "litert" and file.precision == "int8":
            return file
    held = ", ".join(f.path for f in bundle.manifest.model_files)
    raise UsageError(
        f"{bundle.path}: --firmware needs an int8 .tflite file, it holds {held}: export with --int8"
    )
