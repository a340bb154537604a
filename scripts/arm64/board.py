"""A board's faces in the file system, as plain files: CPU, device tree, thermal zone.

With the host's own /sys in the root, onnxruntime reads an x86 cache topology there and crashes; without any, it warns.
cpuinfo decides by the part number which kernels XNNPACK takes, so each CPU model has its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CORES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A Raspberry Pi and the qemu model of its CPU."""

    cpu: str
    model: str
    part: str
    features: str


_COMMON = "fp asimd evtstrm crc32 cpuid"
BOARDS = (
    Board(cpu="cortex-a53", model="Raspberry Pi Zero 2 W Rev 1.0", part="0xd03", features=_COMMON),
    Board(cpu="cortex-a72", model="Raspberry Pi 4 Model B Rev 1.5", part="0xd08", features=_COMMON),
    Board(
        cpu="cortex-a76",
        model="Raspberry Pi 5 Model B Rev 1.0",
        part="0xd0b",
        features=f"{_COMMON} aes pmull sha1 sha2 atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp",
    ),
)
"""Part numbers and features: Arm's MIDR_EL1 of each core, and what Linux tells of them."""


def put_on(board: Board, root: Path) -> None:
    """Write the board's files below a root."""
    cpus = f"0-{CORES - 1}"
    files = {
        "proc/device-tree/model": f"{board.model}\0",
        "proc/cpuinfo": "".join(_cpuinfo(board, n) for n in range(CORES)) + f"Model\t\t: {board.model}\n",
        "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
        "sys/class/thermal/thermal_zone0/temp": "48686\n",
        "sys/devices/system/cpu/kernel_max": "255\n",
        **{f"sys/devices/system/cpu/{name}": f"{cpus}\n" for name in ("possible", "present", "online")},
    }
    for number in range(CORES):
        at = f"sys/devices/system/cpu/cpu{number}"
        files |= {
            f"{at}/cpufreq/cpuinfo_max_freq": "1000000\n",
            f"{at}/cpufreq/cpuinfo_min_freq": "600000\n",
            f"{at}/cpufreq/scaling_governor": "ondemand\n",
            f"{at}/topology/physical_package_id": "0\n",
            f"{at}/topology/core_id": f"{number}\n",
            f"{at}/topology/cluster_cpus_list": f"{cpus}\n",
            f"{at}/topology/core_siblings_list": f"{cpus}\n",
        }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _cpuinfo(board: Board, number: int) -> str:
    return (
        f"processor\t: {number}\nBogoMIPS\t: 108.00\nFeatures\t: {board.features}\nCPU implementer\t: 0x41\n"
        f"CPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: {board.part}\nCPU revision\t: 3\n\n"
    )
