"""Fits of the Python package by MPI and by torch.distributed, with the bits of one process."""

import subprocess
import sys
from pathlib import Path

import pytest
from engines import ENVIRONMENT, SIZES, TIMEOUT, finished, mpirun, needs, needs_mpirun, python, started

FITS = Path(__file__).parent / "fits.py"


@pytest.fixture(scope="module")
def alone():
    done = subprocess.run([sys.executable, FITS, "alone"], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == 4
    return done.stdout


@needs_mpirun
@needs("mpi4py")
@pytest.mark.parametrize("size", SIZES)
def test_mpi(alone, size):
    assert python(size, FITS, "mpi") == alone


@needs("torch")
@pytest.mark.parametrize("size", SIZES)
def test_torch(alone, size, tmp_path):
    processes = [
        subprocess.Popen(
            [sys.executable, FITS, "torch", str(rank), str(size), str(tmp_path / "meeting")],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(size)
    ]
    results = [process.communicate(timeout=TIMEOUT) for process in processes]
    assert [process.returncode for process in processes] == [0] * size, results
    assert results[0][0] == alone


@needs_mpirun
@needs("mpi4py")
def test_three_processes_are_refused():
    _, errors, status = finished(started(3, sys.executable, FITS, "mpi"))
    assert status != 0
    assert "3 processes cannot share" in errors


_UNEQUAL = """
import numpy as np, descent
from mpi4py import MPI
rank = MPI.COMM_WORLD.Get_rank()
X = np.ones((5, 785 if rank == 3 else 784), np.float32)
try:
    descent.LinearClassifier(communicator=descent.distributed.MPI(), optimizer="sgd").fit(X, np.arange(5) % 2)
except descent.InvalidArgumentError as error:
    print(error, flush=True)
"""


@needs_mpirun
@needs("mpi4py")
def test_ranks_that_disagree(tmp_path):
    script = tmp_path / "unequal.py"
    script.write_text(_UNEQUAL)
    output = mpirun(4, sys.executable, script)
    assert output.count("rank 3 has 785 features, rank 0 784") == 4
