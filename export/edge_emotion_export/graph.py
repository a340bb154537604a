"""What both file formats have in common as graphs: operators with their inputs, cost and arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Arithmetic = Literal["int8", "float"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One node of a file.

    Parameters
    ----------
    name
        Unique in its file.
    kind
        As the format calls it: ``Conv``, ``CONV_2D``.
    inputs, outputs
        Names of tensors.
    macs
        Multiply-accumulates of one inference; 0 for what does not multiply by weights or between tensors.
    arithmetic
        In which they are done; ``float`` where weights are only stored as int8.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    macs: int = 0
    arithmetic: Arithmetic = "float"


CONVOLUTIONS = frozenset({"Conv", "CONV_2D", "DEPTHWISE_CONV_2D"})


def head_of(operators: Sequence[Operator]) -> tuple[Operator, ...]:
    """Everything behind the last convolution of its path: the joining and weighing of modalities, in their order.

    Empty where a file holds no convolution: then there is no body to tell it from.
    """
    readers: dict[str, list[Operator]] = {}
    for operator in operators:
        for tensor in operator.inputs:
            readers.setdefault(tensor, []).append(operator)
    before: set[str] = set()
    for operator in reversed(operators):  # both formats keep their operators in the order of execution
        later = (r for tensor in operator.outputs for r in readers.get(tensor, ()))
        if operator.kind in CONVOLUTIONS or any(r.name in before for r in later):
            before.add(operator.name)
    return tuple(o for o in operators if o.name not in before) if before else ()


def int8_mac_share(operators: Sequence[Operator]) -> float:
    """Share of the multiply-accumulates that are done in int8; 0 where there are none."""
    total = sum(o.macs for o in operators)
    return sum(o.macs for o in operators if o.arithmetic == "int8") / total if total else 0.0
