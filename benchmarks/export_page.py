"""Write the figures of docs/export.md from the saved results of benchmarks/fidelity.py, never by hand.

python benchmarks/export_page.py            # rewrites the section between the markers
python benchmarks/export_page.py --check    # exit 1 if it would change
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from pages import RESULTS, prose, result, table, with_section

from edge_emotion_export.proof.gates import MIN_AGREEMENT_WITHOUT_ROLE

PAGE = RESULTS.parent.parent / "docs" / "export.md"
HEAD = (
    "same label",
    "worst person",
    "without a signal",
    "largest / mean error",
    "macro-F1 network / file",
    "ECE network / file",
    "bytes",
    "arithmetic in int8",
    "time, float = 1",
)
Figures = Mapping[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if it would change")
    args = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    fresh = with_section(page, section())
    if args.check:
        return int(fresh != page)
    PAGE.write_text(fresh, encoding="utf-8")
    return 0


def section() -> str:
    """Everything between the markers."""
    return "\n\n".join([*_shipped(), *_recipes(), *_families()])


def _shipped() -> list[str]:
    found = result("fidelity")
    return [
        "### The shipped bundle's files",
        prose(
            f"{found['windows']} windows of {found['people']} held-out people; torch eager took {found['torch_eager_us']:.0f} us",
            f"in the same run. {_made_by(found)}",
        ),
        table(("file", *HEAD), [[f"`{name}`", *_cells(one)] for name, one in found["files"].items()]),
    ]


def _recipes() -> list[str]:
    found = result("fidelity-recipes")
    return [
        "### Every recipe on the shipped run",
        prose(
            f"The same {found['windows']} windows; files without the manifest inside; torch eager took",
            f"{found['recipes']['torch_eager_us']:.0f} us. {_made_by(found)}",
        ),
        _of_recipes(found["recipes"]),
    ]


def _families() -> list[str]:
    found = result("fidelity-families")
    parts = [
        "### Every family and recipe",
        prose(
            f"Each trained for {found['epochs']} epochs on the shipped run's calibration windows: a check of conversion, not of",
            f"accuracy. The same {found['windows']} windows. {_made_by(found)}",
        ),
    ]
    for name, own in found["families"].items():
        parts += [
            f"`{name}`, {own['parameters']} parameters, torch eager {own['torch_eager_us']:.0f} us:",
            _of_recipes(own),
        ]
    return parts


def _of_recipes(found: Figures) -> str:
    rows = [
        [name.replace("onnx", "ONNX").replace("tflite", "TFLite"), *_cells(one)]
        for name, one in found.items()
        if isinstance(one, dict)
    ]
    return table(("recipe, format", *HEAD), rows)


def _cells(one: Figures) -> list[str]:
    if "refused" in one:
        return [one["refused"], *[""] * (len(HEAD) - 1)]
    return [
        f"{one['label_agreement']:.4f}",
        f"{one['worst_person_agreement']:.4f}",
        _without_a_signal(one),
        f"{one['max_abs_error']:.1e} / {one['mean_abs_error']:.1e}",
        f"{one['macro_f1_float']:.4f} / {one['macro_f1']:.4f}",
        f"{one['ece_float']:.4f} / {one['ece']:.4f}",
        f"{one['bytes']}",
        f"{one['int8_mac_share']:.1%}",
        f"{one['of_float']:.2f}",
    ]


def _without_a_signal(one: Figures) -> str:
    """The same label with one signal missing, the worse of them; bold where the gate refuses the file for it."""
    least = min(one["without"].values())
    refused = one["precision"] == "int8" and not least >= MIN_AGREEMENT_WITHOUT_ROLE
    return f"**{least:.4f}**" if refused else f"{least:.4f}"


def _made_by(found: Figures) -> str:
    context = found["context"]
    return f"`{context['command']}` at {context['commit'][:7]}, {context['cpu']}."


if __name__ == "__main__":
    sys.exit(main())
