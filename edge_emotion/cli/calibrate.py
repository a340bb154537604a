"""``edge-emotion calibrate``: a guided rest that becomes the wearer's stored reference."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from edge_emotion import __version__
from edge_emotion.bundle.keys import read_trusted_key
from edge_emotion.bundle.reader import Bundle
from edge_emotion.cli import bundle_store
from edge_emotion.cli.calibrate_view import JsonView, RestView, rest_view
from edge_emotion.cli.common import add_json, add_trusted_key, open_bundle, say, show, write_json
from edge_emotion.cli.folders import add_service, chosen
from edge_emotion.cli.passphrase import new_passphrase
from edge_emotion.cli.run_config import RunConfig
from edge_emotion.cli.run_flags import add_signals
from edge_emotion.cli.run_source import Input, open_input
from edge_emotion.cli.stored_reference import FOLDER, FOLDER_VARIABLE, reference_path
from edge_emotion.engines import Engine
from edge_emotion.engines.opening import open_engine
from edge_emotion.errors import GateError, UsageError
from edge_emotion.runtime.calibrator import CalibrationOutcome, Calibrator
from edge_emotion.runtime.reference_file import (
    SCHEMA_VERSION,
    StoredReference,
    StoredThreshold,
    identity,
    network_digest,
    write_reference,
)
from edge_emotion.runtime.rest import RestVerdict
from edge_emotion.sinks.wording import REST_TEXT, rest_lines
from edge_emotion.sources import SensorEvent
from edge_emotion.types import Modality
from edge_emotion.updates.installing import current_bundle
from edge_emotion.updates.store import BundleStore

LEAST_MINUTES, MOST_MINUTES = 1.0, 10.0
DEFAULT_NAME = "default"

EPILOG = """\
examples:
  edge-emotion calibrate --ecg polar-h10 --eda open-eda
  edge-emotion calibrate --simulate --minutes 2 --name trial
  edge-emotion calibrate --replay rest.npz --encrypt --passphrase-file secret.txt
then:
  edge-emotion run --source ble --reference default

Sit upright, feet on the floor, hands still; no talking, no screen. What is stored stays on this machine; delete the file and it
is forgotten.
"""
GUIDE = "Sit still and breathe normally for {minutes:g} min; no talking, no screen. The clock starts with the first signal."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    source = parser.add_argument_group("source (default: Bluetooth sensors)")
    source.add_argument("--ecg", metavar="KIND[=NAME]", help="polar-h10 or heart-rate (default: polar-h10)")
    source.add_argument("--eda", metavar="KIND[=NAME]", help="open-eda (default: open-eda)")
    source.add_argument("--replay", metavar="FILE", help="a recording of a rest instead of sensors")
    source.add_argument("--simulate", action="store_true", help="a made-up resting person instead of sensors")
    source.add_argument("--seed", type=int, default=0, help="simulate: which person (default: 0)")
    source.add_argument("--protocol", metavar="TOML", help="simulate: another script than rest alone")
    source.add_argument(
        "--speed", default="max", metavar="max|real|FACTOR", help="replay, simulate (default: max)"
    )
    signals = parser.add_argument_group("signals")
    add_signals(signals)
    what = parser.add_argument_group("rest and reference")
    what.add_argument("--minutes", type=float, default=5.0, help="length of the rest, 1 to 10 (default: 5)")
    what.add_argument(
        "--bundle", metavar="FILE", help="the bundle it is for (default: the one that 'run' takes)"
    )
    add_trusted_key(what)
    what.add_argument("--name", default=DEFAULT_NAME, help=f"what to call it (default: {DEFAULT_NAME})")
    what.add_argument("--out", type=Path, metavar="FILE.json", help="a file of your own choice instead")
    add_service(what)
    what.add_argument("--encrypt", action="store_true", help="seal it with a passphrase (extra: crypto)")
    what.add_argument(
        "--passphrase-file", metavar="FILE", help="default: EDGE_EMOTION_PASSPHRASE, or asked for"
    )
    add_json(parser, "JSON Lines: progress, then the result")


def run(args: argparse.Namespace) -> int:
    """Guide, judge, store."""
    if not LEAST_MINUTES <= args.minutes <= MOST_MINUTES:
        raise UsageError(
            f"--minutes {args.minutes:g}: allowed: {LEAST_MINUTES:g} to {MOST_MINUTES:g}; 5 is what models are trained with"
        )
    config = _config(args)
    if args.service and args.out:
        raise UsageError("--service and --out name two places; give one of them")
    place = nullcontext(args.out.parent) if args.out else chosen(args, FOLDER, FOLDER_VARIABLE)
    with place as references:
        return _calibrate(args, config, references)


def _calibrate(args: argparse.Namespace, config: RunConfig, references: Path) -> int:
    bundle = _bundle(args)
    path = _path(args, bundle, references)
    secret = new_passphrase(args.passphrase_file) if args.encrypt else None
    given = _simulated(args) if args.simulate and not args.protocol else open_input(config)
    calibrator = Calibrator(bundle.manifest, given.source.modalities, 60.0 * args.minutes, _engine(bundle))
    (say if args.json else show)(GUIDE.format(minutes=args.minutes))
    with JsonView() if args.json else rest_view(sys.stdout) as view:
        outcome = asyncio.run(_rest(given, calibrator, view))
    if outcome.verdict.findings:
        _refuse(outcome.verdict, args.json)
    reference = StoredReference(
        schema_version=SCHEMA_VERSION,
        name=path.stem,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        runtime=__version__,
        bundle=identity(bundle),
        roles=outcome.roles,
        threshold=_threshold(outcome, bundle),
    )
    write_reference(path, reference, secret)
    _tell(args, path, outcome)
    return 0


def _engine(bundle: Bundle) -> Engine | None:
    """Only a threshold of the wearer's own needs the model."""
    return open_engine(bundle) if bundle.manifest.decision.own_threshold else None


def _threshold(outcome: CalibrationOutcome, bundle: Bundle) -> StoredThreshold | None:
    if not outcome.rest_logits:
        return None
    return StoredThreshold(network_sha256=network_digest(bundle), rest_logits=outcome.rest_logits)


async def _rest(given: Input, calibrator: Calibrator, view: RestView) -> CalibrationOutcome:
    try:
        async for item in given.source:
            if isinstance(item, SensorEvent):
                view.sensor(item)
                continue
            for progress in calibrator.push(item):
                view.progress(progress)
            if calibrator.done:
                break
    finally:
        await given.source.aclose()
    return calibrator.outcome()


def _config(args: argparse.Namespace) -> RunConfig:
    """The settings of ``run`` that say the same; its checks apply."""
    sensors = args.ecg is not None or args.eda is not None
    if (sensors, args.replay is not None, args.simulate).count(True) > 1:
        raise UsageError("give sensors (--ecg, --eda), --replay FILE or --simulate, one of them")
    if args.no_cardiac and args.no_eda:
        raise UsageError(
            "--no-cardiac and --no-eda together leave nothing to calibrate; give one of them at most"
        )
    for flag, value in (("--seed", args.seed), *_rates(args)):
        if value is not None and not 0 <= value <= 2**31:
            raise UsageError(f"{flag} {value:g}: allowed: 0 and above")
    return RunConfig(
        source="simulate" if args.simulate else "ble" if args.replay is None else "replay",
        input=args.replay,
        speed=args.speed,
        seed=args.seed,
        protocol=args.protocol,
        ecg=args.ecg or "polar-h10",
        eda=args.eda or "open-eda",
        ecg_channel=args.ecg_channel,
        eda_channel=args.eda_channel,
        bvp_channel=args.bvp_channel,
        ecg_rate=args.ecg_rate,
        eda_rate=args.eda_rate,
        bvp_rate=args.bvp_rate,
        cardiac=args.cardiac,
        no_cardiac=args.no_cardiac,
        no_eda=args.no_eda,
    )


def _rates(args: argparse.Namespace) -> list[tuple[str, float | None]]:
    return [(f"--{name}-rate", getattr(args, f"{name}_rate")) for name in ("ecg", "eda", "bvp")]


def _simulated(args: argparse.Namespace) -> Input:
    """A made-up person who rests as long as is wanted."""
    from edge_emotion.cli.run_source import clock_at
    from edge_emotion.simulation.generator import simulate
    from edge_emotion.simulation.protocol import Phase, Protocol
    from edge_emotion.sources.replay.source import ReplaySource
    from edge_emotion.sources.simulator import as_recording

    rest = Protocol(phase=(Phase(name="rest", duration_s=60.0 * args.minutes + 30.0),))
    recording = as_recording(simulate(rest, seed=args.seed), f"simulated person {args.seed}")
    wanted = ((Modality(args.cardiac or "ecg"), args.no_cardiac), (Modality.EDA, args.no_eda))
    clock = clock_at(args.speed)
    source = ReplaySource(recording, tuple(m for m, left_out in wanted if not left_out), clock)
    return Input(source=source, clock=clock, name=recording.name)


def _bundle(args: argparse.Namespace) -> Bundle:
    """What was named, or what ``run`` would take: a reference for another one could be of no use."""
    if args.bundle:
        return open_bundle(args.bundle, args.trusted_key or ())
    with chosen(args, bundle_store.FOLDER, bundle_store.FOLDER_VARIABLE) as folder:
        trusted = [read_trusted_key(Path(key)) for key in args.trusted_key or ()]
        return current_bundle(BundleStore(folder), trusted)


def _path(args: argparse.Namespace, bundle: Bundle, references: Path) -> Path:
    if args.out is None:
        return reference_path(args.name, bundle, references)
    if args.out.suffix != ".json":
        raise UsageError(f"--out {args.out}: allowed: a path that ends in .json")
    out: Path = args.out
    return out


def _refuse(verdict: RestVerdict, as_json: bool) -> None:
    """Say everything that is wrong, then fail."""
    if as_json:
        write_json({"type": "result", "accepted": False, "path": None, **_facts(verdict)})
    for line in rest_lines(verdict):
        (say if as_json else show)(line)
    reasons = "; ".join(f"{reason} ({REST_TEXT[reason]})" for reason in verdict.reasons)
    raise GateError(f"that was no rest, nothing was stored: {reasons}; try again when it is calm")


def _facts(verdict: RestVerdict) -> dict[str, object]:
    measures = verdict.measures
    return {
        "reasons": list(verdict.reasons),
        "findings": [
            {"reason": f.reason, "role": f.role, "measure": f.measure, "value": f.value, "limit": f.limit}
            for f in verdict.findings
        ],
        "lasted_s": measures.lasted_s,
        "heart_rate_bpm": round(measures.heart_rate_bpm, 1),
        "eda_us": round(measures.level_us, 3),
        "scr_per_min": round(measures.scr_per_min, 2),
    }


def _tell(args: argparse.Namespace, path: Path, outcome: CalibrationOutcome) -> None:
    roles = [r.role for r in outcome.roles]
    if args.json:
        facts = {**_facts(outcome.verdict), "roles": roles, "encrypted": bool(args.encrypt)}
        write_json({"type": "result", "accepted": True, "path": str(path), **facts})
        return
    show(f"rest accepted: {', '.join(roles)}{', encrypted' if args.encrypt else ''}")
    show(f"stored in {path}; delete that file to forget it")
    show(f"use it: {_use(args, path)}")


def _use(args: argparse.Namespace, path: Path) -> str:
    """The command that runs with it: on the same source, a recording of a rest apart, which calls for sensors."""
    words = ["edge-emotion", "run", "--source", "simulate" if args.simulate else "ble"]
    if args.simulate:
        words += ["--seed", str(args.seed)] if args.seed else []
        words += ["--protocol", args.protocol] if args.protocol else []
    for name in ("ecg", "eda", "cardiac", "bundle"):
        value = getattr(args, name)
        words += [f"--{name}", value] if value is not None else []
    words += [f"--{name}" for name in ("no-cardiac", "no-eda") if getattr(args, name.replace("-", "_"))]
    words += ["--reference", args.name if args.out is None else str(path)]
    if args.encrypt and args.passphrase_file:
        words += ["--passphrase-file", args.passphrase_file]
    for key in args.trusted_key or ():
        words += ["--trusted-key", key]
    return shlex.join(words)
