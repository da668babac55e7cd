"""Makes the wheel: puts the library that `make` has built beside the package, and says which systems it is for."""

import importlib.util
import os
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

REPOSITORY = Path(__file__).resolve().parents[2]

# What every system with glibc has. With these alone a wheel runs wherever glibc is new enough.
GLIBC = ("libc.so.", "libm.so.", "libdl.so.", "libpthread.so.", "librt.so.", "ld-linux")

# Nothing may be left in the source tree, not even Python's compiled copy of this file.
_compiled = Path(importlib.util.cache_from_source(__file__))
_compiled.unlink(missing_ok=True)
if _compiled.parent.is_dir() and not any(_compiled.parent.iterdir()):
    _compiled.parent.rmdir()


class LibraryHook(BuildHookInterface):
    """Is called by hatchling, before it writes a wheel or a source distribution."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds the stripped library and the platform's tag."""
        if self.target_name == "sdist":
            raise RuntimeError(
                "there is no source distribution: the library is built by `make`, from sources outside of this folder. "
                "`pip wheel ./bindings/python` or `python -m build --wheel bindings/python` makes a wheel"
            )
        if version == "editable":
            return  # the package stays where it is, and finds the library there
        library = (
            REPOSITORY
            / "build"
            / os.environ.get("DESCENT_TARGET", "")
            / "lib"
            / f"libdescent.so.{self.metadata.version}"
        )
        if not library.exists():
            raise FileNotFoundError(f"{library} is not there yet: run `make` in {REPOSITORY} first")
        self._scratch = tempfile.TemporaryDirectory()
        build_data["force_include"][str(_stripped(library, Path(self._scratch.name)))] = "descent/libdescent.so.0"
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{_platform(library)}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The wheel is written."""
        if hasattr(self, "_scratch"):
            self._scratch.cleanup()


def _stripped(library: Path, folder: Path) -> Path:
    """A copy without debug information, if there is a program to strip it."""
    copy = Path(shutil.copy(library, folder / "libdescent.so.0"))
    copy.chmod(0o755)
    if strip := shutil.which(f"{_machine(library)}-linux-gnu-strip") or shutil.which("strip"):
        subprocess.run([strip, copy], check=True)
    return copy


def _machine(library: Path) -> str:
    """The processor that the library is for, which need not be this one."""
    with library.open("rb") as file:
        return {"x64": "x86_64", "AArch64": "aarch64"}[ELFFile(file).get_machine_arch()]


def _platform(library: Path) -> str:
    """manylinux with the oldest glibc that will do; plain linux if more than glibc must be there when it is loaded."""
    system, machine = sysconfig.get_platform().partition("-")[0], _machine(library)
    with library.open("rb") as file:
        elf = ELFFile(file)
        needed = [tag.needed for tag in elf.get_section_by_name(".dynamic").iter_tags("DT_NEEDED")]
        if not all(name.startswith(GLIBC) for name in needed):
            return f"{system}_{machine}"
        versions = [
            int(version.name.split(".")[1])
            for _, versions in elf.get_section_by_name(".gnu.version_r").iter_versions()
            for version in versions
            if version.name.startswith("GLIBC_2.")
        ]
    return f"many{system}_2_{max(versions)}_{machine}"
