"""What the tests of installing have in common."""

import os
import re

import pytest
from commands import ROOT, run


@pytest.fixture(scope="session")
def version():
    """The version of the header."""
    header = (ROOT / "include" / "descent.h").read_text()
    return ".".join(re.findall(r"#define DESCENT_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header))


@pytest.fixture(scope="session")
def make(tmp_path_factory):
    """Runs make in the repository, with a Swift that refuses to work: what `make` has built must do."""
    folder = tmp_path_factory.mktemp("no_swift")
    (folder / "swift").write_text("#!/bin/sh\necho 'nothing must be built here' >&2\nexit 1\n")
    (folder / "swift").chmod(0o755)

    def run_make(*words):
        return run("make", *words, cwd=ROOT, PATH=f"{folder}:{os.environ['PATH']}")

    return run_make
