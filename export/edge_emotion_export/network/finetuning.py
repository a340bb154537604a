"""Quantisation-aware fine-tuning: a few epochs in which the network feels int8 and is pulled towards what it said in float.

torchao's PT2E puts fake quantisation (weights per channel, 7 bits, as the ONNX files store them; activations per tensor)
into the exported graph. The target is not the label but the trained network's own logits: the float network stays the model,
and int8 is to be the same one. What comes back are float weights under their old names, so that both formats take them:
onnxruntime's quantiser with uint8 activations, and ai-edge-quantizer, for which converting a PT2E graph itself fails
(decision 053).

References
----------
Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018;
Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", arXiv 1503.02531.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from edge_emotion.errors import InputError
from edge_emotion_export.network.layout import Flat
from edge_emotion_export.quiet import quiet
from edge_emotion_train.learning.objective import augment, tensors_of
from edge_emotion_train.preparation.windows import WindowSet
from edge_emotion_train.recipe import TrainingSettings

EPOCHS = 6
_BATCH = 128
_SLOWER = 0.1
"""The recipe's learning rate was for random weights; these are trained."""
_WEIGHT_STEPS = 63
_SEED = 20_501


def fine_tune(
    model: nn.Module, windows: WindowSet, settings: TrainingSettings, progress: Callable[[str], None]
) -> Flat:
    """The network, laid out and with weights that bear int8.

    Parameters
    ----------
    model
        The trained network, folded and in eval mode; it is left as it is.
    windows
        Training windows; augmented as the recipe says.
    settings
        The recipe's, for noise, gain, modality dropout and the learning rate.

    Raises
    ------
    InputError
        If there are too few windows for a batch, or the weights stop being finite.
    EngineError
        If the exporter or torchao fails.
    """
    if len(windows) < _BATCH:
        raise InputError(
            f"qat-int8 needs {_BATCH} calibration windows and the run has {len(windows)}: take --recipe static-int8"
        )
    student = Flat(model)
    inputs = tensors_of(windows)
    with quiet("quantisation-aware fine-tuning"), torch.random.fork_rng():
        torch.manual_seed(_SEED)
        aware = _prepared(student, {name: values[:_BATCH] for name, values in inputs.items()})
        before, after = _learn(aware, copy.deepcopy(model), inputs, settings)
        weights = aware.state_dict()
        learned = {name: weights[name] for name in student.state_dict()}
    progress(
        f"  fine-tuned for {EPOCHS} epochs on {len(windows)} windows: squared error of logits {before:.4f}, then {after:.4f}"
    )
    if not all(torch.isfinite(values).all() for values in learned.values()):
        raise InputError(
            "fine-tuning for int8 gave weights that are not finite: take --recipe static-int8, or train again"
        )
    student.load_state_dict(learned)
    return student.eval()


def _prepared(student: Flat, example: dict[str, Tensor]) -> nn.Module:
    from torchao.quantization.pt2e.quantize_pt2e import prepare_qat_pt2e
    from torchao.testing.pt2e._xnnpack_quantizer import XNNPACKQuantizer, get_symmetric_quantization_config

    # Eval mode: dropout would blur the function that is to be kept. The batch is fixed; its size changes nothing here.
    exported = torch.export.export(student.eval(), (), kwargs=example).module()
    config = get_symmetric_quantization_config(
        is_per_channel=True, is_qat=True, weight_qmin=-_WEIGHT_STEPS, weight_qmax=_WEIGHT_STEPS
    )
    prepared: nn.Module = prepare_qat_pt2e(exported, XNNPACKQuantizer().set_global(config))
    return prepared


def _learn(
    student: nn.Module, teacher: nn.Module, inputs: dict[str, Tensor], settings: TrainingSettings
) -> tuple[float, float]:
    """Mean loss of the first and of the last epoch."""
    optimiser = torch.optim.AdamW(student.parameters(), lr=settings.learning_rate * _SLOWER, weight_decay=0.0)
    count = len(next(iter(inputs.values())))
    means = []
    for _ in range(EPOCHS):
        losses = []
        order = torch.randperm(count)
        for index in torch.split(order[: count - count % _BATCH], _BATCH):
            changed = augment({name: values[index] for name, values in inputs.items()}, settings)
            batch = {name: changed[name] for name in inputs}  # an exported graph asks for one order
            with torch.no_grad():
                wanted = torch.cat(teacher(**batch), dim=1)
            loss = nn.functional.mse_loss(torch.cat(student(**batch), dim=1), wanted)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            losses.append(float(loss.detach()))
        means.append(float(np.mean(losses)))
    return means[0], means[-1]
