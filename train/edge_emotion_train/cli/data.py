"""``edge-emotion data``: what recordings there are to learn from, fetching the open ones, checking what is on disk."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from edge_emotion.cli.common import add_json, show, table, write_json
from edge_emotion.errors import RecordingError
from edge_emotion_train.datasets import DATASETS, open_dataset
from edge_emotion_train.datasets.checking import (
    DatasetCheck,
    RecordingCheck,
    check_dataset,
    check_files,
    sets_found,
)
from edge_emotion_train.datasets.fetching import fetch
from edge_emotion_train.datasets.open_files import open_set, open_sets
from edge_emotion_train.preparation.recordings import default_cache

EPILOG = """\
examples:
  edge-emotion data list --data recordings-of-the-lab
  edge-emotion data fetch drivedb --data recordings-of-the-lab
  edge-emotion data check drivedb --data recordings-of-the-lab
  edge-emotion data check recordings:my-study

exit codes: 0 all is well, 2 usage, 3 an extra is missing, 4 a file cannot be fetched or a check found a problem
"""
BAD_INPUT = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|fetch|check")
    listing = actions.add_parser(
        "list",
        help="each set: signals, people, licence, whether weights may ship, where to get it",
        allow_abbrev=False,
    )
    listing.add_argument("--data", type=Path, metavar="DIR", help="also tell what is found in this folder")
    fetching = actions.add_parser(
        "fetch", help="load open sets, verified by hash; call again to go on", allow_abbrev=False
    )
    fetching.add_argument("names", nargs="+", metavar="NAME", help=", ".join(s.folder for s in open_sets()))
    fetching.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder to load into")
    fetching.add_argument(
        "--mirror",
        metavar="URL",
        help="load from URL/FILE instead (one NAME; files are verified all the same)",
    )
    checking = actions.add_parser(
        "check", help="verify hashes, open every recording, measure quality", allow_abbrev=False
    )
    checking.add_argument(
        "names", nargs="*", metavar="NAME", help="sets to check (default: all that are there)"
    )
    checking.add_argument(
        "--data", type=Path, default=Path(), metavar="DIR", help="folder that holds the sets"
    )
    checking.add_argument("--cache", type=Path, metavar="DIR", help="where prepared windows are kept")
    checking.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default: 1)")
    for action in (listing, fetching, checking):
        add_json(action)


def run(args: argparse.Namespace) -> int:
    """Do what was chosen."""
    actions = {"list": _list, "fetch": _fetch, "check": _check}
    return actions[args.action](args)


def _list(args: argparse.Namespace) -> int:
    found = _found(args.data) if args.data else {}
    fetched = {known.folder for known in open_sets()}
    sets = [
        {
            **{key: value for key, value in msgspec.to_builtins(kind.info).items() if key != "folder"},
            "folder": kind.info.folder,
            "fetch": name in fetched,
            "found": found.get(name, 0),
        }
        for name, kind in DATASETS.items()
    ]
    if args.json:
        others = [
            {"name": s.folder, "what": s.what, "licence": s.licence, "bytes": s.size} for s in open_sets()
        ]
        write_json({"sets": sets, "open": others})
        return 0
    for kind in DATASETS.values():
        info = kind.info
        here = (
            f"   {found.get(info.name, 0)} recordings in {args.data / info.folder.split(' or ')[0]}"
            if args.data
            else ""
        )
        show(f"{info.name}{here}")
        show(f"  signals   {info.signals}")
        show(f"  labels    {info.labels}")
        show(f"  people    {info.people or 'yours'}; folder {info.folder}/; {info.page}")
        show(f"  licence   {info.licence}; weights {'may' if info.weights_may_ship else 'may not'} ship")
        show(f"  cite      {info.citation}\n")
    show("Open to all, loaded by edge-emotion data fetch NAME:")
    show(table([("  " + s.folder, s.what, f"{s.size / 1e6:.0f} MB", s.licence, s.url) for s in open_sets()]))
    return 0


def _found(data: Path) -> dict[str, int]:
    return {name: len(open_dataset(name, data).names()) for name in sets_found(data)}


def _fetch(args: argparse.Namespace) -> int:
    wanted = [open_set(name) for name in dict.fromkeys(args.names)]
    results = []
    for known in wanted:
        url = args.mirror.rstrip("/") + "/" if args.mirror else known.url
        fetched, kept = fetch(known, args.data, url)
        results.append({"name": known.folder, "fetched": fetched, "kept": kept, "licence": known.licence})
        if not args.json:
            show(
                f"{known.folder}: {fetched} files loaded, {kept} were there; {known.licence}, {args.data / known.folder}"
            )
    if args.json:
        write_json({"sets": results})
    return 0


def _check(args: argparse.Namespace) -> int:
    cache = args.cache or default_cache()
    names = args.names or sets_found(args.data)
    files = [f for f in check_files(args.data) if not args.names or f.name.split()[0] in args.names]
    if not names and not files:
        raise RecordingError(
            f"{args.data} holds none of {', '.join(DATASETS)}; edge-emotion data list tells what each folder is called"
        )
    checks = [*files, *(check_dataset(name, args.data, cache, args.jobs) for name in names)]
    if args.json:
        write_json({"sets": checks, "problems": sum(c.count_problems for c in checks)})
    else:
        for check in checks:
            _show_check(check)
    return BAD_INPUT if any(check.count_problems for check in checks) else 0


def _show_check(check: DatasetCheck) -> None:
    if check.recordings:
        show(f"\n{check.name}: {len(check.recordings)} recordings, {check.people} people")
        head = ("recording", "minutes", "signals", "good windows", "labels (minutes)")
        show(table([head, *(_cells(row) for row in check.recordings)]))
    else:
        show(f"\n{check.name}: {'see below' if check.problems else 'as published'}")
    for problem in check.problems:
        show(f"! {problem}")
    for row in check.recordings:
        for problem in row.problems:
            show(f"! {row.name}: {problem}")


def _cells(row: RecordingCheck) -> tuple[str, ...]:
    good = ", ".join(f"{role} {share:.0%}" for role, share in row.good.items())
    labels = ", ".join(f"{name} {minutes:g}" for name, minutes in row.labels.items())
    return row.name, f"{row.minutes:.1f}", ", ".join(row.signals), good or "-", labels or "-"
