"""How these tests run commands: as a user of the installed library, who has nothing of this repository."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What would help a program to find the library, and what `make test` hands on to its commands.
_UNWANTED = re.compile(
    "PYTHON|LD_|DESCENT_|CMAKE_|PKG_CONFIG|MAKE|MFLAGS|PREFIX$|DESTDIR$|LIBDIR$|INCLUDEDIR$|INSTALL$|STRIP$|VIRTUAL_ENV"
)


def run(*command, cwd="/", **environment):
    """The output of a command that must succeed."""
    kept = {name: value for name, value in os.environ.items() if not _UNWANTED.match(name)}
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=kept | {name: str(value) for name, value in environment.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout
