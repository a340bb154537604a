"""Every model file of a bundle against the network it came from, on the run's held-out people.

Runs each file in its own engine, window by window, as on the device; independent of what the bundle's manifest claims.
``without`` is the label agreement with one role missing.

    python benchmarks/fidelity.py --run runs/stress [--bundle FILE] [--save]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import common

from edge_emotion.bundle import default_bundle_path
from edge_emotion.bundle.reader import load_bundle
from edge_emotion_export.artefact import Artefact
from edge_emotion_export.proof.proving import prove, reference_of, references_without
from edge_emotion_train.runs.record import load_run


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, required=True, help="the run that the bundle was exported from")
    parser.add_argument("--bundle", type=Path, help="an .emo file (default: the shipped one)")
    common.add_arguments(parser)
    args = parser.parse_args()
    run, bundle = load_run(args.run), load_bundle(args.bundle or default_bundle_path())
    temperature = bundle.manifest.decision.temperature
    reference = reference_of(run.model, run.heldout, temperature)
    without = references_without(run.model, run.heldout, bundle.manifest.roles, temperature)
    files = {}
    for file in bundle.manifest.model_files:
        content = bundle.read(file.path)
        artefact = Artefact(engine=file.engine, precision=file.precision, content=content)
        proof = prove(artefact, file, bundle.manifest.inputs, reference, without)
        figures = proof.fidelity
        files[file.path] = {
            "label_agreement": figures.label_agreement,
            "max_abs_error": figures.max_abs_error,
            "mean_abs_error": figures.mean_abs_error,
            "macro_f1_float": figures.macro_f1_float,
            "macro_f1_int8" if file.precision == "int8" else "macro_f1": figures.macro_f1,
            "int8_weight_share": figures.int8_weight_share,
            "without": proof.agreement_without,
            "bytes": len(content),
        }
    result = {
        "bundle": f"{bundle.manifest.name}-{bundle.manifest.version}",
        "bytes": bundle.path.stat().st_size,
        "windows": len(run.heldout),
        "people": len(run.heldout.names()),
        "files": files,
    }
    common.finish("fidelity", result, args)


if __name__ == "__main__":
    main()
