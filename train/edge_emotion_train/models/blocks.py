"""Several streams side by side in one tensor: layers of which each hears some streams and speaks for one.

A device pays for every operator whatever its size (docs/decisions/080-streaming-form.md), so the streams' small layers become one
larger one before export. While it is trained each block is a layer of its own, begun like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn

Layer = nn.Conv1d | nn.Linear
Place = tuple[int, int]
"""The stream that a block speaks for, and the one that it hears."""


class Blocks(nn.Module):
    """(B, all channels, ...) to (B, all channels', ...), block by block.

    Parameters
    ----------
    layers
        By place. Blocks that hear the same stream take equally many channels; every stream is spoken for by at least one, or by
        none that has a bias.
    heard, spoken
        Channels of each stream before and behind.
    """

    def __init__(self, layers: Mapping[Place, Layer], heard: Sequence[int], spoken: Sequence[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleDict({f"{to}_{of}": layer for (to, of), layer in layers.items()})
        self._places = tuple(layers)
        self._heard, self._spoken = list(heard), list(spoken)

    def forward(self, values: Tensor) -> Tensor:
        parts = torch.split(values, self._heard, dim=1)
        said: list[Tensor | None] = [None] * len(self._spoken)
        for place in self._places:
            to, of = place
            more = self._layer(place)(parts[of])
            before = said[to]
            said[to] = more if before is None else before + more
        there = next(s for s in said if s is not None)
        silence = [there.new_zeros((len(there), n, *there.shape[2:])) for n in self._spoken]
        return torch.cat([quiet if s is None else s for s, quiet in zip(said, silence, strict=True)], dim=1)

    def merged(self) -> Layer:
        """One layer with the same outputs: zeros where no block is."""
        first = self._layer(self._places[0])
        heard, spoken = sum(self._heard), sum(self._spoken)
        whole: Layer
        if isinstance(first, nn.Linear):
            whole = nn.Linear(heard, spoken)
        else:
            (kernel,), (stride,) = first.kernel_size, first.stride
            whole = nn.Conv1d(heard, spoken, kernel, stride=stride)
        starts_heard, starts_spoken = _starts(self._heard), _starts(self._spoken)
        assert whole.bias is not None  # both kinds have one unless told otherwise
        with torch.no_grad():
            whole.weight.zero_()
            whole.bias.zero_()
            for to, of in self._places:
                layer = self._layer((to, of))
                rows = slice(starts_spoken[to], starts_spoken[to] + self._spoken[to])
                whole.weight[rows, starts_heard[of] : starts_heard[of] + self._heard[of]] = layer.weight
                if layer.bias is not None:
                    whole.bias[rows] += layer.bias
        return whole.eval()

    def _layer(self, place: Place) -> Layer:
        layer = self.layers[f"{place[0]}_{place[1]}"]
        assert isinstance(layer, nn.Conv1d | nn.Linear)
        return layer


def diagonal(layers: Iterable[Layer], heard: Sequence[int], spoken: Sequence[int]) -> Blocks:
    """Each stream by itself."""
    return Blocks({(i, i): layer for i, layer in enumerate(layers)}, heard, spoken)


def _starts(sizes: Sequence[int]) -> list[int]:
    return [sum(sizes[:i]) for i in range(len(sizes))]
