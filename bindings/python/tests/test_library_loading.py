"""How the package finds the library, and what it says when it does not."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import header
import pytest

PACKAGE = header.REPOSITORY / "bindings" / "python" / "descent"

REPORT = "import descent, descent._c.library as found; print(found.library._name)"


def run(code, package_parent=PACKAGE.parent, **environment):
    """Runs code in a new Python that has only this package and this environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DESCENT_", "LD_LIBRARY"))}
    return subprocess.run(
        [sys.executable, "-B", "-c", code],
        env={**kept, "PYTHONPATH": str(package_parent), **environment},
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


@pytest.fixture
def lone_package(tmp_path):
    """A copy of the package, outside of the repository."""
    parent = tmp_path / "somewhere" / "else" / "entirely"
    shutil.copytree(PACKAGE, parent / "descent", ignore=shutil.ignore_patterns("__pycache__", "*.so*"))
    return parent


@pytest.fixture
def shipped_library():
    """The file that these tests run on."""
    from descent._c.library import library  # noqa: PLC0415

    return Path(library._name).resolve()


def compile_library(path, source):
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler")
    subprocess.run([compiler, "-shared", "-fPIC", "-x", "c", "-", "-o", path], input=source, text=True, check=True)


def test_nonsense_in_the_environment_is_not_passed_over(tmp_path):
    result = run(REPORT, DESCENT_LIBRARY="/nonsense/libdescent.so")
    assert result.returncode == 1
    message = result.stderr
    assert "ImportError: libdescent could not be loaded" in message
    assert "/nonsense/libdescent.so (DESCENT_LIBRARY): " in message
    assert "No such file" in message
    assert "`make`" in message
    assert "DESCENT_LIBRARY=" in message


def test_message_lists_every_path_with_its_reason(lone_package):
    (lone_package / "descent" / "libdescent.so.0").write_text("this is no library")
    result = run(REPORT, lone_package)
    assert result.returncode == 1
    lines = result.stderr.splitlines()
    tried = [line for line in lines if line.startswith("  ") and "): " in line and "File" not in line]
    places = ("beside the package", "beside the package", "the repository's build", "the system")
    assert len(tried) == len(places)
    for line, place in zip(tried, places, strict=True):
        assert f"({place}): " in line
    assert f"{lone_package}/descent/libdescent.so.0 " in tried[0]
    assert "invalid ELF header" in tried[0] or "file too short" in tried[0]
    assert all("No such file" in line for line in tried[1:])
    assert "`make`" in lines[-1]


@pytest.mark.parametrize(
    ("place", "environment"),
    [
        ("descent/libdescent.so.0", {}),
        ("descent/libdescent.so", {}),
        ("../../build/lib/libdescent.so", {}),
        ("mine.so", {"DESCENT_LIBRARY": "mine.so"}),
        ("libdescent.so.0", {"LD_LIBRARY_PATH": "."}),
    ],
)
def test_library_is_found(lone_package, shipped_library, place, environment):
    path = lone_package / place
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(shipped_library, path)
    environment = {
        name: str(lone_package / value) if name == "DESCENT_LIBRARY" else str(lone_package)
        for name, value in environment.items()
    }
    result = run(REPORT, lone_package, **environment)
    assert result.returncode == 0, result.stderr
    found = Path(result.stdout.strip())
    assert found.resolve() == path.resolve() or (found == Path("libdescent.so.0") and environment)


def test_repository_finds_its_own_build():
    result = run(REPORT)
    assert result.returncode == 0, result.stderr
    assert Path(result.stdout.strip()) == header.REPOSITORY / "build" / "lib" / "libdescent.so"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("int nothing;", "not libdescent"),
        ('const char *descent_version_string(void) { return "0.3.0"; }', "this is libdescent 0.3.0.*version 0.2"),
        ('const char *descent_version_string(void) { return "1.1.0"; }', "this is libdescent 1.1.0.*version 0.2"),
        ('const char *descent_version_string(void) { return "0.2.7"; }', "incomplete.*descent_version"),
    ],
)
def test_another_library_is_refused(tmp_path, source, reason):
    path = tmp_path / "other.so"
    compile_library(path, source)
    result = run(REPORT, DESCENT_LIBRARY=str(path))
    assert result.returncode == 1
    line = next(line for line in result.stderr.splitlines() if str(path) in line and "): " in line)
    assert re.search(reason, line), line
