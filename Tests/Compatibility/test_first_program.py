"""A program that was compiled and linked with the first version works with the library of today."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from comparison import breaks
from description import LIBRARY, ROOT, read_description
from interface import read_interface, symbol_versions

HERE = Path(__file__).parent
FIRST_HEADER = HERE / "first_header" / "descent.h"
FIRST_VERSION = "DESCENT_0.1"
WARNINGS = ("-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror")


def run(*command, **environment):
    result = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def first_functions():
    text = re.sub(r"/\*.*?\*/", "", FIRST_HEADER.read_text(), flags=re.DOTALL)
    return sorted(set(re.findall(r"\b(descent_\w+)\(", text)))


@pytest.fixture(scope="module")
def first_library(first_functions, tmp_path_factory):
    """What a linker sees of the first library: the names, with their version."""
    folder = tmp_path_factory.mktemp("first_library")
    source, script, library = folder / "first.c", folder / "first.map", folder / "libdescent.so"
    source.write_text("".join(f"void {name}(void);\nvoid {name}(void) {{}}\n" for name in first_functions))
    script.write_text(f"{FIRST_VERSION} {{ global: descent_*; local: *; }};\n")
    linking = f"-Wl,-soname,libdescent.so.0,--version-script,{script}"
    run("cc", "-shared", "-fPIC", str(source), linking, "-o", str(library))
    return library


@pytest.fixture(scope="module")
def program(first_library):
    path = first_library.with_name("first_program")
    include = ("-I", str(FIRST_HEADER.parent), "-I", str(ROOT / "Tests" / "C"))
    link = ("-L", str(first_library.parent), "-ldescent", "-lm")
    run("cc", *WARNINGS, *include, str(HERE / "first_program.c"), *link, "-o", str(path))
    return path


def test_runs_with_the_library_of_today(program):
    assert "passed" in run(str(program), LD_LIBRARY_PATH=str(LIBRARY.parent))


def test_uses_every_function_of_its_header(program, first_functions):
    used = set(re.findall(r" U (descent_\w+)@", run("nm", "-D", str(program))))
    assert used == set(first_functions)
    assert len(used) > 60


def test_functions_kept_their_version(first_functions):
    versions = symbol_versions(LIBRARY)
    assert {name: versions.get(name) for name in first_functions} == dict.fromkeys(first_functions, FIRST_VERSION)


def test_description_breaks_nothing_of_the_first_interface(first_library, tmp_path):
    """descent.abi can be written anew, so it is compared with something older than itself."""
    first = read_interface(FIRST_HEADER, first_library, tmp_path)
    assert not breaks(first, read_description(), None)
