"""MODEL_CARD.md, written from the manifest: what it does not hold, the card does not claim."""

from __future__ import annotations

from collections.abc import Mapping

from edge_emotion.bundle.manifest import BoardRow, DatasetUse, Fidelity, Manifest

_NOTICES: Mapping[str, str] = {
    "stress_predict": (
        "Stress-Predict dataset: MIT License, Copyright (c) 2022 Talha Iqbal. Permission is granted, free of charge, "
        "to any person obtaining a copy, to deal in it without restriction, provided that this copyright notice and "
        "permission notice are included in all copies or substantial portions. It is provided \"as is\", without "
        "warranty of any kind. No recording of it is contained in this bundle; the weights were learned from it."
    ),
    "drivedb": (
        "Contains information from the PhysioNet database \"Stress Recognition in Automobile Drivers\" (drivedb), "
        "which is made available under the Open Data Commons Attribution License (ODC-By) v1.0."
    ),
}  # fmt: skip

_INTENDED_USE = """\
## Intended use
Research and prototyping: physiological arousal and stress estimates from a person's own wearable, shown to that
person or, with informed consent, to a researcher.

**Not a medical device.** It does not diagnose, treat or monitor any condition, and no decision about health may rest
on it.

**Law.** In the European Union, Article 5(1)(f) of Regulation (EU) 2024/1689 (AI Act) prohibits AI systems that infer
emotions of people in the workplace and in education, except for medical or safety reasons; elsewhere emotion
recognition is a high-risk use (Annex III) and people must be told of it (Article 50). Physiological recordings are
health data (Article 9 GDPR). Who deploys this bundle answers for that use.
"""

_PROOF_INTRODUCTION = """\
Each file, run in its engine on windows of people that neither training nor calibration saw, against the trained
network.
"""

_PROOF_HEADER = (
    "| file | recipe | engine | windows | people | same label | worst person | max error | mean error "
    "| macro-F1 (network) | ECE (network) | int8 weights | int8 arithmetic |"
)

_LIMITS = """\
## Limits
- It tells states of arousal as the training protocols defined them. It reads no thoughts, and stress of another kind
  (joy, exercise, heat, caffeine, illness) can look the same.
- Trained on few people, mostly young adults, in seated or driving protocols. Other ages, medication that acts on the
  heart, arrhythmia and movement are not covered: expect abstentions and errors.
- The wearer's own rest at the start serves as the reference; without a calm start the estimates shift.
- Quantised files can differ from the trained network where two classes are about equally probable.
"""


def write_card(manifest: Manifest) -> str:
    """The card in Markdown; the same manifest gives the same text."""
    parts = [
        _heading(manifest),
        _INTENDED_USE,
        _training(manifest),
        _evaluation(manifest.training.boards),
        _files(manifest),
        _LIMITS,
        _notices(manifest.training.datasets),
    ]
    return "\n".join(part for part in parts if part)


def _heading(manifest: Manifest) -> str:
    model, signals = manifest.model, manifest.signals
    return (
        f"# {manifest.name} {manifest.version}\n\n"
        f"Tells {_listed(manifest.labels)} from {_listed(manifest.roles)} signals: windows of {signals.window_s:g} s, "
        f"one every {signals.hop_s:g} s.\n\n"
        f"Network: `{model.family}`, {model.parameters} parameters, {model.macs} multiply-accumulates a window"
        f"{f' ({model.paper})' if model.paper else ''}.\n"
    )


def _training(manifest: Manifest) -> str:
    training = manifest.training
    rows = [f"| {d.name} | {d.people} | {d.licence} | {d.citation} |" for d in training.datasets]
    made = f"Recipe `{training.recipe}`, seed {training.seed}" + (
        f", commit {training.git}" if training.git else ""
    )
    held = f" Held out for the proof below: {', '.join(training.held_out)}." if training.held_out else ""
    return "\n".join(
        [
            "## Training data",
            "| data set | people | licence | cite |\n|---|---|---|---|",
            *rows,
            f"\n{made}.{held}\n",
        ]
    )


def _evaluation(boards: tuple[BoardRow, ...]) -> str:
    if not boards:
        return "## Evaluation\nThis run was not evaluated: `edge-emotion evaluate` does it.\n"
    lines = [
        "## Evaluation",
        "Values with 95 % bootstrap intervals over people. Majority: accuracy of always naming the commonest class.\n",
        "| board | system | protocol | people | windows | majority | figures |\n|---|---|---|---|---|---|---|",
    ]
    for row in boards:
        figures = ", ".join(f"{m.name} {m.value:.3f} [{m.low:.3f}, {m.high:.3f}]" for m in row.metrics)
        lines.append(
            f"| {row.board} | {row.system} | {row.protocol} | {row.people} | {row.windows} | {row.majority:.3f} | {figures} |"
        )
    return "\n".join(lines) + "\n"


def _files(manifest: Manifest) -> str:
    hops = manifest.streaming
    files = (*manifest.model_files, *(hops.model_files if hops else ()))
    recipes = {f.path: f.recipe or f.precision for f in files}
    lines = [
        "## Fidelity of the files",
        _PROOF_INTRODUCTION,
        _PROOF_HEADER,
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
        *(_proof_row(p, recipes[p.path]) for p in (*manifest.fidelity, *(hops.fidelity if hops else ()))),
    ]
    if hops is not None:
        lines.append(
            "\n`hop` files compute what is new in each window and keep the rest; they were run hop after hop."
        )
    quantization = manifest.quantization
    if quantization.recipe != "none":
        lines.append(f"\n{quantization.name or 'int8'}: {quantization.recipe}.")
    if quantization.calibration_windows:
        lines.append(
            f"Ranges from {quantization.calibration_windows} windows "
            f"(SHA-256 {quantization.calibration_sha256[:16]}...)."
        )
    return "\n".join(lines) + "\n"


def _proof_row(proof: Fidelity, recipe: str) -> str:
    worst = f"{_figure(proof.worst_person_agreement, '.4f')} {proof.worst_person}".rstrip()
    return (
        f"| {proof.path} | {recipe} | {proof.engine} | {proof.windows} | {proof.people} | {proof.label_agreement:.4f} | "
        f"{worst} | {proof.max_abs_error:.2g} | {proof.mean_abs_error:.2g} | {proof.macro_f1:.4f} ({proof.macro_f1_float:.4f}) | "
        f"{_figure(proof.ece, '.4f')} ({_figure(proof.ece_float, '.4f')}) | "
        f"{proof.int8_weight_share:.0%} | {_figure(proof.int8_mac_share, '.1%')} |"
    )


def _figure(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _notices(datasets: tuple[DatasetUse, ...]) -> str:
    notices = [f"- {_NOTICES[d.name]}" for d in datasets if d.name in _NOTICES]
    return "\n".join(["## Notices", *notices, ""]) if notices else ""


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
