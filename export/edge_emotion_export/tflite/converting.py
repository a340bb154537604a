"""torch to float32 TFLite through litert-torch."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from edge_emotion.bundle.consistency import OUTPUT_NAMES
from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.quiet import quiet
from edge_emotion_export.tflite.reading import with_short_names


class _Named(nn.Module):
    """Gives outputs by name: from a tuple the converter would call them output_0 and output_1."""

    def __init__(self, model: nn.Module, outputs: Sequence[str]) -> None:
        super().__init__()
        self.model, self.outputs = model, tuple(outputs)

    def forward(self, **inputs: Tensor) -> dict[str, Tensor]:
        return dict(zip(self.outputs, self.model(**inputs), strict=True))


def convert_to_tflite(model: nn.Module, example: Row, outputs: Sequence[str] = OUTPUT_NAMES) -> Artefact:
    """Convert, batch fixed at the example's 1.

    Parameters
    ----------
    model
        In eval mode; takes the example's names as keywords, gives a tuple with one tensor for each of ``outputs``.

    Raises
    ------
    EngineError
        If the converter fails.
    """
    tensors = {name: torch.from_numpy(values) for name, values in example.items()}
    with quiet("conversion to TFLite"), tempfile.TemporaryDirectory() as folder:
        import litert_torch  # 4 s, and it writes to the screen

        path = Path(folder) / "model.tflite"
        litert_torch.convert(_Named(model, outputs).eval(), sample_kwargs=tensors).export(str(path))
        content = with_short_names(path.read_bytes())
    return Artefact(engine="litert", precision="float32", content=content)
