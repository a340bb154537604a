"""The unit file: a user that exists only while it runs, no capability, no device, no home, no network unless a sink needs one."""

from __future__ import annotations

from pathlib import Path

NAME = "edge-emotion"
UNIT_PATH = Path(f"/etc/systemd/system/{NAME}.service")
CONFIG_PATH = Path(f"/etc/{NAME}/run.toml")
SECRETS_PATH = Path(f"/etc/{NAME}/secrets.env")
_HOMES = ("/home", "/root")

_UNIT = """\
# Written by 'edge-emotion service install'; changes belong into 'systemctl edit {name}'.
[Unit]
Description=edge-emotion: ECG and skin conductance to a calibrated report
After=bluetooth.service{after}
Wants=bluetooth.service
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={python} -m edge_emotion run --config {config}
EnvironmentFile=-{secrets}
Environment=PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1
Restart=always
RestartSec=5
WatchdogSec=60
TimeoutStopSec=45
OOMPolicy=stop
MemoryMax=200M
TasksMax=64

DynamicUser=yes
SupplementaryGroups=bluetooth
StateDirectory={name}
StateDirectoryMode=0700
UMask=0077

CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome={home}
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
PrivateUsers={users}
PrivateIPC=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
{network}

[Install]
WantedBy=multi-user.target
"""

_LOCAL = """\
# No sink leaves this machine: no network at all. Bluetooth goes through BlueZ's socket on the message bus.
PrivateNetwork=yes
RestrictAddressFamilies=AF_UNIX
IPAddressDeny=any"""

_NETWORK = """\
# The dashboard, or a sink that names another machine.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6"""


def unit_text(python: str, config: Path = CONFIG_PATH, network: bool = False) -> str:
    """The unit.

    Parameters
    ----------
    python
        Interpreter of the environment that edge-emotion is installed in.
    network
        Whether the configuration has a dashboard or a sink on the network.
    """
    return _UNIT.format(
        name=NAME,
        python=python,
        config=config,
        secrets=SECRETS_PATH,
        after=" network-online.target" if network else "",
        # A virtual environment in somebody's home must stay readable.
        home="read-only" if python.startswith(_HOMES) else "yes",
        # The message bus asks who is calling; a mapped user is nobody's group.
        users="no",
        network=_NETWORK if network else _LOCAL,
    )


CONFIG_TEXT = """\
# Settings of the service: the same names as the flags of 'edge-emotion run', with _ for -.
# Try them first: edge-emotion run --config /etc/edge-emotion/run.toml
source = "ble"
ecg = "polar-h10"
eda = "open-eda"
wearer_name = "wearer"

# The journal gets states and losses, not what is said about a person.
screen = "states"

# Kept on this machine, readable by the service alone (/var/lib/edge-emotion). Say why you keep it, and for how long.
# record = "/var/lib/edge-emotion/recordings"
# record_budget_mb = 2048.0
# record_when_full = "delete-oldest"

# Reports to a broker; the password goes into /etc/edge-emotion/secrets.env as EDGE_EMOTION_MQTT_PASSWORD=...
# sink = ["mqtts://user@broker:8883/edge-emotion"]
# dashboard = true
"""
