"""torch to float32 TFLite through litert-torch."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn

from edge_emotion.bundle.consistency import OUTPUT_NAMES
from edge_emotion_export.artefact import Artefact, Row
from edge_emotion_export.quiet import quiet
from edge_emotion_export.tflite.reading import with_short_names


class _Named(nn.Module):
    """Gives outputs by name: from a tuple the converter would call them output_0 and output_1."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, **inputs: Tensor) -> dict[str, Tensor]:
        return dict(zip(OUTPUT_NAMES, self.model(**inputs), strict=True))


def convert_to_tflite(model: nn.Module, example: Row) -> Artefact:
    """Convert, batch fixed at the example's 1.

    Parameters
    ----------
    model
        In eval mode; takes the example's names as keywords, gives logits and contributions.

    Raises
    ------
    EngineError
        If the converter fails.
    """
    tensors = {name: torch.from_numpy(values) for name, values in example.items()}
    with quiet("conversion to TFLite"), tempfile.TemporaryDirectory() as folder:
        import litert_torch  # 4 s, and it writes to the screen

        path = Path(folder) / "model.tflite"
        litert_torch.convert(_Named(model).eval(), sample_kwargs=tensors).export(str(path))
        content = with_short_names(path.read_bytes())
    return Artefact(engine="litert", precision="float32", content=content)
