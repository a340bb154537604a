"""``edge-emotion service install | status | uninstall``: a service of systemd that starts with the machine."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from edge_emotion.cli import run_config
from edge_emotion.cli.common import add_json, show, write_json
from edge_emotion.cli.run_config import RunConfig
from edge_emotion.errors import UsageError
from edge_emotion.service.unit import CONFIG_PATH, CONFIG_TEXT, NAME, SECRETS_PATH, UNIT_PATH, unit_text

EPILOG = """\
examples:
  sudo /opt/edge-emotion/bin/edge-emotion service install --config my.toml
  edge-emotion service status
  sudo /opt/edge-emotion/bin/edge-emotion service uninstall

docs/service.md goes through it on Raspberry Pi OS.
"""
_SHOWN = (
    "LoadState",
    "ActiveState",
    "SubState",
    "StatusText",
    "NRestarts",
    "ActiveEnterTimestamp",
    "MemoryCurrent",
)
_NETWORK_SINKS = ("mqtt:", "mqtts:", "influx:http:", "influx:https:")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's flags."""
    parser.epilog = EPILOG
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    install = actions.add_parser("install", help="write unit and configuration, start it")
    install.add_argument(
        "--config", type=Path, metavar="TOML", help="settings of 'run' (default: a commented example)"
    )
    install.add_argument("--no-start", action="store_true", help="write the files only")
    uninstall = actions.add_parser("uninstall", help="stop it and remove the unit; settings and data stay")
    status = actions.add_parser("status", help="does it run, and what does it say")
    for action in (install, uninstall):
        action.add_argument(
            "--root", type=Path, default=Path("/"), metavar="DIR", help="of another system's image"
        )
    for action in (install, uninstall, status):
        add_json(action)


def run(args: argparse.Namespace) -> int:
    """Do what was asked for."""
    facts = {"install": _install, "status": _status, "uninstall": _uninstall}[args.action](args)
    if args.json:
        write_json(facts)
    else:
        show("\n".join(f"{name.replace('_', ' ')}  {value}" for name, value in facts.items()))
    return 0


def needs_network(config: RunConfig) -> bool:
    """Whether a session with these settings talks to anything beside the sensors."""
    return config.dashboard or any(sink.startswith(_NETWORK_SINKS) for sink in config.sink)


def _install(args: argparse.Namespace) -> dict[str, object]:
    here = args.root == Path("/")
    config_path, kept = _under(args.root, CONFIG_PATH), False
    if args.config:
        content = _read(args.config)
    elif config_path.exists():
        content, kept = _read(config_path), True
    else:
        content = CONFIG_TEXT
    try:
        config = run_config.from_toml(content)
    except UsageError as error:
        raise UsageError(f"{args.config or config_path}: {error}") from None
    network = needs_network(config)
    secrets_path = _under(args.root, SECRETS_PATH)
    if not kept:
        _write(config_path, content, 0o644)
    if not secrets_path.exists():
        _write(secrets_path, "# NAME=value, read by systemd before the service starts\n", 0o600)
    _write(_under(args.root, UNIT_PATH), unit_text(sys.executable, network=network), 0o644)
    started = here and not args.no_start
    if started:
        _systemctl("daemon-reload")
        _systemctl("enable", "--now", NAME)
    return {"unit": str(UNIT_PATH), "config": str(CONFIG_PATH), "network": network, "started": started}


def _status(args: argparse.Namespace) -> dict[str, object]:
    lines = _systemctl("show", NAME, f"--property={','.join(_SHOWN)}").splitlines()
    facts = dict(line.partition("=")[::2] for line in lines)
    if facts.get("LoadState") == "not-found":
        raise UsageError("the service is not installed; run 'sudo edge-emotion service install'")
    return {name: facts.get(name, "") for name in _SHOWN}


def _uninstall(args: argparse.Namespace) -> dict[str, object]:
    path = _under(args.root, UNIT_PATH)
    if not path.exists():
        raise UsageError(f"{path}: there is no such unit; nothing is installed")
    here = args.root == Path("/")
    if here:
        _systemctl("disable", "--now", NAME)
    try:
        path.unlink()
    except OSError as error:
        raise UsageError(f"{path}: cannot be removed ({error.strerror}); run it with sudo") from None
    if here:
        _systemctl("daemon-reload")
    return {
        "removed": str(UNIT_PATH),
        "left": f"{CONFIG_PATH.parent} and /var/lib/{NAME}; remove them if you want nothing kept",
    }


def _under(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); give a TOML file") from None


def _write(path: Path, content: str, mode: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode)
        path.chmod(mode)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); run it with sudo") from None


def _systemctl(*arguments: str) -> str:
    program = shutil.which("systemctl")
    if program is None:
        raise UsageError(
            "there is no systemctl on this machine, and so no service of systemd; 'service install' with --no-start or --root "
            "writes the files only, 'edge-emotion run --config FILE' runs the same settings here"
        )
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UsageError(f"systemctl {' '.join(arguments)}: {reason}")
    return done.stdout
