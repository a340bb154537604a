"""Running a benchmark on another machine by the system's own ssh, and bringing the result home."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Sequence

from edge_emotion.errors import InputError, UsageError
from edge_emotion.profiling.result import Result, read_result

COMMAND = "edge-emotion"
CLONE = "edge-emotion/.venv/bin"
"""Where README's set-up puts it, under the home folder; a session without login knows no virtual environment."""
_NOT_FOUND, _SSH_FAILED = 127, 255


def run_remote(target: str, arguments: Sequence[str], path: str | None = None) -> Result:
    """``ssh target edge-emotion benchmark --json ...``; what it tells on stderr goes through, so that progress is seen.

    Parameters
    ----------
    path
        The command there; ``None``: what is on the path, else what is in `CLONE`.

    Raises
    ------
    UsageError
        If ``target`` is no host, or this machine has no ssh.
    InputError
        If the target cannot be reached, lacks the command, or gives no result.
    """
    if not target or target.startswith("-"):
        raise UsageError(f"--ssh {target!r}: give user@host or a host of your ssh configuration")
    ssh = shutil.which("ssh")
    if ssh is None:
        raise UsageError("--ssh: this machine has no ssh; install it: sudo apt install openssh-client")
    asked = shlex.join(["benchmark", "--json", *arguments])
    # A session begins in the home folder, and a quoted tilde is a name like others.
    given = shlex.quote(path.removeprefix("~/")) if path else None
    command = f"{given} {asked}" if given else f'PATH="$PATH:$HOME/{CLONE}" {COMMAND} {asked}'
    # BatchMode: without it a question for a password would hang a pipeline; keys are the way (ssh-copy-id).
    done = subprocess.run([ssh, "-o", "BatchMode=yes", target, command], stdout=subprocess.PIPE, check=False)
    if done.returncode == _SSH_FAILED:
        raise InputError(
            f"{target}: ssh cannot connect; try: ssh {target} true (a key is needed: ssh-copy-id {target})"
        )
    if done.returncode == _NOT_FOUND:
        where = f"at {path}" if path else f"on the path of a session without login, nor in ~/{CLONE}"
        raise InputError(
            f"{target}: has no command {COMMAND} {where}; say where with --ssh-command PATH, such as "
            f"--ssh-command /home/pi/{CLONE}/{COMMAND}, or install it there as README says"
        )
    if done.returncode != 0:
        raise InputError(
            f"{target}: the benchmark there ended with code {done.returncode}; its message is above"
        )
    lines = done.stdout.splitlines()
    return read_result(lines[-1] if lines else b"", target)
