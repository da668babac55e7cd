"""The programs of bindings/c/mpi: the same with any number of processes, and after being killed at any moment."""

import os
import signal
import subprocess
import time

import numpy as np
import pytest
from engines import SIZES, finished, mpirun, needs_mpirun, program, started

SHARDS, EPOCHS = 8, 40
pytestmark = needs_mpirun


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """A pair of files for each shard of 2,003 samples."""
    prefix = tmp_path_factory.mktemp("shards") / "digits"
    random = np.random.default_rng(1)
    samples = 2003
    features = random.integers(0, 256, (samples, 64)).astype(np.uint8)
    labels = np.argmax((features - 127.5) @ random.normal(size=(64, 5)), axis=1).astype(np.uint8)
    for shard in range(SHARDS):
        rows = slice(shard * samples // SHARDS, (shard + 1) * samples // SHARDS)
        np.save(f"{prefix}-features-{shard}.npy", features[rows])
        np.save(f"{prefix}-labels-{shard}.npy", labels[rows])
    return prefix


def last_line(output):
    return output.splitlines()[-1]


def test_network():
    name = program("network")
    outputs = [mpirun(size, name) for size in SIZES]
    losses = [float(line.split()[-1]) for line in outputs[0].splitlines()[:-1]]
    assert losses[-1] < 0.6 * losses[0]
    assert outputs == outputs[:1] * len(SIZES)
    _, errors, status = finished(started(3, name))
    assert status == 2
    assert "3 processes do not divide a minibatch of 64" in errors


def test_shards(shards):
    name = program("train_shards")
    outputs = [mpirun(size, name, shards, 5, 3, 128) for size in SIZES]
    assert outputs == outputs[:1] * len(SIZES)
    assert outputs[0].startswith("epoch 1: loss ")


def test_what_is_wrong(shards, tmp_path):
    name = program("train_shards")
    for arguments, text in (
        ((shards, 2, 3, 128), "is outside [0, 2)"),
        ((shards, 5, 3, 100), "batch_size: 100 is no multiple of 8, the shards"),
        ((tmp_path / "nothing", 5), "nothing-features-"),
    ):
        _, errors, status = finished(started(2, name, *arguments))
        assert status != 0
        assert text in errors
    _, errors, status = finished(started(3, name, shards, 5))
    assert status != 0
    assert "3 processes do not divide 8 shards" in errors


def ranks_of(process):
    """The process numbers of the ranks, in their order: mpirun starts them one after the other."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
    )
    return sorted(map(int, found.stdout.split()))


@pytest.mark.parametrize("killed", [0, 3])
def test_killed_at_any_moment(shards, tmp_path, killed):
    name = program("train_shards")
    expected = last_line(mpirun(1, name, shards, 5, EPOCHS, 128))
    checkpoint = tmp_path / "checkpoint.descent"
    sizes = iter((4, 2, 8, 1, 4, 2, 8, 1))
    deaths = 0
    for size in sizes:
        process = started(size, name, shards, 5, EPOCHS, 128, checkpoint)
        if deaths < 3:
            seen = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
            while process.poll() is None and (not checkpoint.exists() or checkpoint.stat().st_mtime_ns == seen):
                time.sleep(0.001)
            ranks = ranks_of(process)
            if process.poll() is None and ranks:
                os.kill(ranks[min(killed, len(ranks) - 1)], signal.SIGKILL)
                deaths += 1
        output, errors, status = finished(process)
        if status == 0:
            break
    assert status == 0, errors
    assert deaths > 0
    assert last_line(output) == expected
