"""Prints where Python packages go under a prefix: where this Python looks for them, or else the system's own."""

import os
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

SYSTEM_PYTHON = "/usr/bin/python3"
prefix = Path(sys.argv[1])


def system_folders() -> list[str]:
    """Where the system's Python looks, if there is one."""
    if not os.access(SYSTEM_PYTHON, os.X_OK):
        return []
    code = "import site; print(*site.getsitepackages(), sep='\\n')"
    return subprocess.run([SYSTEM_PYTHON, "-I", "-c", code], capture_output=True, text=True, check=False).stdout.split()


searched = [*site.getsitepackages(), *system_folders()]
found = next((folder for folder in searched if Path(folder).is_relative_to(prefix / "lib")), None)
print(found or sysconfig.get_path("purelib", "posix_prefix", {"base": str(prefix)}))
