"""What the container image has, without an engine: a root of its own that can't be written, and an account without rights."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from compileall import compile_dir
from pathlib import Path
from typing import Final
from zipfile import ZipFile

from packaging.requirements import Requirement

from tests.harness.distributions import REPOSITORY, build, link_package, virtual_environment

USER_ID: Final = 65_532
_APPLICATION: Final = "/opt/truesend"
LEFT_OUT: Final = ("phonenumbers/geodata", "phonenumbers/carrierdata")

# Arguments: the folder to make the root in, what is mounted where (two words each), `--`, and the command.
_BECOME: Final = r"""
set -eu
root=$1
shift
mount -t tmpfs -o mode=0755 image "$root"
mkdir "$root/tmp" "$root/proc" "$root/dev"
for name in bin lib lib64 sbin; do
    if [ -L "/$name" ]; then ln -s "$(readlink "/$name")" "$root/$name"; fi
done
while [ "$1" != -- ]; do
    mkdir -p "$root$2"
    mount -o bind,ro "$1" "$root$2"
    shift 2
done
shift
for device in null random urandom; do
    : >"$root/dev/$device"
    mount -o bind "/dev/$device" "$root/dev/$device"
done
mount -o bind /proc "$root/proc"
mount -o remount,ro "$root"
mount -t tmpfs -o mode=1777,noexec,nosuid,nodev tmp "$root/tmp"
exec chroot "$root" "$@"
"""


def missing_for_image_roots() -> str | None:
    """What this machine lacks to make such a root; None where it can be made."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs Linux, and root, to mount"
    if shutil.which("setpriv") is None or shutil.which("unshare") is None:
        return "needs unshare and setpriv, of util-linux"
    if subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "probe", "/mnt"], capture_output=True).returncode:
        return "needs to be allowed to mount"
    return None


class ImageRoot:
    """A wheel of this checkout, unpacked beside the packages of runtime.lock, and nothing else of ours."""

    def __init__(self, folder: Path) -> None:
        """Build the wheel; raises AssertionError with the reason where it can't be built."""
        self._root, self._application = folder / "root", folder / "application"
        self._root.mkdir()
        packages = virtual_environment(self._application)
        for name in _locked_packages():
            link_package(name, packages)
        for name in LEFT_OUT:
            shutil.rmtree(packages / name)
        with ZipFile(build("wheel", REPOSITORY, folder / "wheel")) as wheel:
            wheel.extractall(packages)
        # As pip does; else each process compiles it again, where it can't keep what it made.
        for name in ("truesend", "services", "simulator"):
            compile_dir(packages / name, quiet=2)

    @property
    def python(self) -> list[str]:
        """The command that becomes Python inside: as 65532, without capabilities, and with no way to any."""
        own = (name for name in ("/bin", "/lib", "/lib64", "/sbin") if os.path.isdir(name) and not os.path.islink(name))
        mounts = {name: name for name in ("/usr", "/etc", *own)} | {str(self._application): _APPLICATION}
        if not sys.base_prefix.startswith("/usr"):
            mounts[sys.base_prefix] = sys.base_prefix
        return [
            *("unshare", "--mount", "sh", "-c", _BECOME, "sh", str(self._root)),
            *(word for mount in mounts.items() for word in mount),
            *("--", "setpriv", f"--reuid={USER_ID}", f"--regid={USER_ID}", "--clear-groups"),
            *("--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"),
            f"{_APPLICATION}/bin/python",
        ]


def _locked_packages() -> Iterator[str]:
    lock = (REPOSITORY / "requirements" / "runtime.lock").read_text()
    for line in re.findall(r"^[a-z0-9].*(?= \\$)", lock, re.MULTILINE):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate():
            yield requirement.name
