"""What a fit runs on: processors or GPUs, one process or those that torchrun started."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch

from edge_emotion.errors import UsageError

Accelerator = Literal["auto", "cpu", "gpu"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where a fit runs; the default is one CPU process, which gives the same bits every time.

    Parameters
    ----------
    gpu
        Train on GPUs, in bfloat16 where that is safe; not deterministic to the bit.
    processes
        On this node; more than one trains with DistributedDataParallel, each on its share of every batch.
    nodes
        Computers that take part.
    rank
        Of this process among all; 0 writes the files.
    """

    gpu: bool = False
    processes: int = 1
    nodes: int = 1
    rank: int = 0

    @property
    def world(self) -> int:
        """Processes in all."""
        return self.processes * self.nodes

    def options(self) -> dict[str, object]:
        """Arguments for Lightning's Trainer."""
        return {
            "accelerator": "gpu" if self.gpu else "cpu",
            "devices": self.processes,
            "num_nodes": self.nodes,
            "strategy": "ddp" if self.world > 1 else "auto",
            "precision": "bf16-mixed" if self.gpu else "32-true",
            "deterministic": not self.gpu,
            "sync_batchnorm": self.gpu and self.world > 1,
        }


def machine_of(accelerator: Accelerator, environment: Mapping[str, str] = os.environ) -> Machine:
    """The machine that a flag asks for, as one of torchrun's processes where its variables are set.

    Raises
    ------
    UsageError
        If a GPU is asked for and there is none.
    """
    there = torch.cuda.is_available()
    if accelerator == "gpu" and not there:
        raise UsageError("--accelerator gpu: torch sees no GPU here; use cpu, or install torch with CUDA")
    world = int(environment.get("WORLD_SIZE", "1"))
    processes = int(environment.get("LOCAL_WORLD_SIZE", str(world)))
    return Machine(
        gpu=there and accelerator != "cpu",
        processes=processes,
        nodes=world // processes,
        rank=int(environment.get("RANK", "0")),
    )


@contextmanager
def repeatable(machine: Machine) -> Iterator[None]:
    """Deterministic algorithms on one thread, so that the number of cores changes no bit; restored afterwards.

    One thread is no loss: the networks are small, and folds run side by side. On GPUs nothing is changed.
    """
    if machine.gpu:
        yield
        return
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic)
