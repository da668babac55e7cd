"""Runs programs in several processes, by mpirun or by themselves."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "build" / "test" / "mpi"
SIZES = (1, 2, 4, 8)
TIMEOUT = 300

# As root in a container, with more processes than processors, each of which takes one thread.
ENVIRONMENT = os.environ | {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "DESCENT_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "PYTHONPATH": str(ROOT / "bindings" / "python"),
}

needs_mpirun = pytest.mark.skipif(
    shutil.which("mpirun") is None, reason="mpirun: Debian's openmpi-bin is not installed"
)


def needs(module):
    missing = importlib.util.find_spec(module) is None
    return pytest.mark.skipif(missing, reason=f"{module} is not installed: make test-distributed installs it")


def program(name):
    """A program of bindings/c/mpi; skips where mpicc has not built it."""
    path = PROGRAMS / name
    if not path.exists():
        pytest.skip(f"{path} is not built: Debian's libopenmpi-dev is not installed, or run make test-distributed")
    return str(path)


def started(size, *command):
    """mpirun with so many processes, in a group of its own."""
    return subprocess.Popen(
        ["mpirun", "-n", str(size), *map(str, command)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finished(process):
    """Its output, errors and exit status."""
    try:
        output, errors = process.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        output, errors = process.communicate()
        pytest.fail(f"it hangs:\n{output}\n{errors}")
    return output, errors, process.returncode


def mpirun(size, *command):
    """The output of a program that succeeds."""
    output, errors, status = finished(started(size, *command))
    assert status == 0, f"{output}\n{errors}"
    return output


def python(size, script, *arguments):
    return mpirun(size, sys.executable, script, *arguments)
