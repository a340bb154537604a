"""A Linux of 12 MB with nothing but Bluetooth: kernel modules, D-Bus, bluetoothd, and a bridge from the bus to TCP.

Debian packages are downloaded and unpacked, never installed; no privilege is needed. Written: ``vmlinux`` and ``initramfs.gz``.

    python scripts/bluez/image.py FOLDER
"""

from __future__ import annotations

import gzip
import io
import lzma
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ("bluez", "socat", "libwrap0", "busybox-static", "dbus-daemon", "libglib2.0-0", "libdbus-1-3")
MODULES = (
    *("virtio_pci", "virtio_console", "virtio_net", "hci_uart"),
    # What the kernel's Bluetooth asks the crypto layer for, and finds out too late. Not jitterentropy_rng: its own tests can fail
    # on a busy host.
    *("sha512_generic", "ctr", "drbg", "algif_hash", "algif_skcipher", "cmac", "ecb"),
)
PROGRAMS = ("usr/bin/btattach", "usr/bin/socat", "usr/bin/dbus-daemon", "usr/libexec/bluetooth/bluetoothd")
LIBRARIES = "usr/lib/x86_64-linux-gnu"
XZ_MAGIC = b"\xfd7zXZ\x00"

BUS = """<busconfig><type>system</type><listen>unix:path=/run/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy>
</busconfig>
"""
INIT = """#!/bin/busybox sh
export PATH=/usr/bin:/bin DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/bus
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for module in {modules}; do modprobe $module || echo "no module $module"; done
ip link set lo up; ip link set eth0 up; ip address add 10.0.2.15/24 dev eth0
dbus-daemon --config-file=/etc/bus.conf --fork --nopidfile
/usr/libexec/bluetooth/bluetoothd --nodetach &
socat TCP-LISTEN:5555,fork,reuseaddr,nodelay UNIX-CONNECT:/run/bus &
while true; do btattach --bredr=/dev/hvc0 --protocol=h4 --speed=3000000; sleep 1; done
"""


def main() -> None:
    """Build, unless it is built."""
    work = Path(sys.argv[1]).resolve()
    if (work / "initramfs.gz").exists():
        return
    (work / "packages").mkdir(parents=True, exist_ok=True)
    kernel = _newest_kernel()
    root = work / "root"
    for package in (kernel, *PACKAGES):
        _unpack(package, work, root)
    release = kernel.removeprefix("linux-image-")
    _vmlinux(root / f"boot/vmlinuz-{release}", work / "vmlinux")
    guest = work / "guest"
    shutil.rmtree(guest, ignore_errors=True)
    _fill(guest, root, release)
    archive = _cpio(guest)
    (work / "initramfs.gz").write_bytes(gzip.compress(archive, 1))
    for done_with in (root, guest, work / "packages"):  # half a gigabyte
        shutil.rmtree(done_with)


def _newest_kernel() -> str:
    told = subprocess.run(
        ["apt-cache", "depends", "linux-image-amd64"], capture_output=True, text=True, check=True
    )
    return re.findall(r"linux-image-\d\S+", told.stdout)[0]


def _unpack(package: str, work: Path, root: Path) -> None:
    packages = work / "packages"
    if not list(packages.glob(f"{package}_*.deb")):
        subprocess.run(
            ["apt-get", "-q", "download", package], cwd=packages, check=True, stdout=subprocess.DEVNULL
        )
    (found,) = packages.glob(f"{package}_*.deb")
    subprocess.run(["dpkg-deb", "-x", found, root], check=True)


def _vmlinux(compressed: Path, target: Path) -> None:
    """The kernel without its own decompressor, which an emulated CPU would run for seconds."""
    image = compressed.read_bytes()
    target.write_bytes(lzma.LZMADecompressor().decompress(image[image.find(XZ_MAGIC) :]))


def _fill(guest: Path, root: Path, release: str) -> None:
    for folder in ("bin", "proc", "sys", "dev", "run", "tmp", "etc", "var/lib/bluetooth"):
        (guest / folder).mkdir(parents=True)
    busybox = root / "bin/busybox"
    _copy(busybox, guest / "bin/busybox")
    _copy_modules(guest, root, release, busybox)
    for name in PROGRAMS:
        # socat is a versioned file behind Debian's alternatives
        source = (
            root / name if (root / name).is_file() else next((root / name).parent.glob(f"{Path(name).name}*"))
        )
        _copy(source, guest / name)
        for library in _needed(source, root):
            target = (
                LIBRARIES + "/" + library.name if library.is_relative_to(root) else str(library).lstrip("/")
            )
            _copy(library, guest / target)
    shutil.copytree(root / "etc/bluetooth", guest / "etc/bluetooth")
    (guest / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\n")
    (guest / "etc/group").write_text("root:x:0:\n")
    (guest / "etc/bus.conf").write_text(BUS)
    (guest / "init").write_text(INIT.format(modules=" ".join(MODULES)))
    (guest / "init").chmod(0o755)


def _copy_modules(guest: Path, root: Path, release: str, busybox: Path) -> None:
    folder = f"lib/modules/{release}"
    if not (root / folder / "modules.dep").exists():
        subprocess.run([busybox, "depmod", "-b", root, release], check=True)
    needs = dict(line.split(":", 1) for line in (root / folder / "modules.dep").read_text().splitlines())
    for module in MODULES:
        pattern = re.compile(rf"/{module.replace('_', '[-_]')}\.ko")
        path = next((path for path in needs if pattern.search(path)), None)
        for name in [path, *needs[path].split()] if path else []:  # some are built in
            _copy(root / folder / name, guest / folder / name)
    subprocess.run([busybox, "depmod", "-b", guest, release], check=True)


def _needed(program: Path, root: Path) -> list[Path]:
    """Shared libraries, the unpacked packages' before the host's."""
    folders = f"{root / LIBRARIES}:{root / 'lib/x86_64-linux-gnu'}"
    environment = {**os.environ, "LD_LIBRARY_PATH": folders}
    told = subprocess.run(
        ["ldd", program], capture_output=True, text=True, env=environment, check=True
    ).stdout
    if missing := re.findall(r"(\S+) => not found", told):
        sys.exit(f"{program.name} needs {', '.join(missing)}: install the Debian package that holds it")
    return [Path(path) for path in re.findall(r"(/\S+\.so\S*)", told)]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        shutil.copy(source.resolve(), target)


def _cpio(folder: Path) -> bytes:
    """The folder as a newc archive, which is what the kernel unpacks (Documentation/driver-api/early-userspace)."""
    out = io.BytesIO()
    paths = sorted(folder.rglob("*"))
    for number, path in enumerate(paths, start=1):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        _entry(out, number, status.st_mode, str(path.relative_to(folder)), content)
    _entry(out, 0, 0, "TRAILER!!!", b"")
    return out.getvalue()


def _entry(out: io.BytesIO, inode: int, mode: int, name: str, content: bytes) -> None:
    fields = (inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
    out.write(b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0")
    out.write(b"\0" * (-out.tell() % 4) + content)
    out.write(b"\0" * (-out.tell() % 4))


if __name__ == "__main__":
    main()
