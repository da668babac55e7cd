"""How these tests run commands: as a user of the installed library, who has nothing of this repository."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEADER = (ROOT / "include" / "descent.h").read_text()

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


@pytest.fixture(scope="session")
def version():
    """The version of the header."""
    return ".".join(re.findall(r"#define DESCENT_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", HEADER))


@pytest.fixture(scope="session")
def make(tmp_path_factory):
    """Runs make in the repository, with a Swift that refuses to work: what `make` has built must do."""
    folder = tmp_path_factory.mktemp("no_swift")
    (folder / "swift").write_text("#!/bin/sh\necho 'nothing must be built here' >&2\nexit 1\n")
    (folder / "swift").chmod(0o755)

    def run_make(*words):
        return run("make", *words, cwd=ROOT, PATH=f"{folder}:{os.environ['PATH']}")

    return run_make
