"""Runs the C programs that `make` has compiled."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
TRAIN_LINEAR = ROOT / "build" / "test" / "train_linear"
STREAM = ROOT / "build" / "test" / "stream"


def run(program, *arguments):
    """What became of a program: its status and what it printed."""
    arguments = [program, *map(str, arguments)]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)


def train_linear(*arguments, status=0):
    """What it prints on stdout, or, if it is to fail, on stderr."""
    done = run(TRAIN_LINEAR, *arguments)
    assert done.returncode == status, (done.returncode, done.stderr)
    return done.stdout if status == 0 else done.stderr


def warning_of(*arguments):
    """What it prints on stderr though it succeeds."""
    done = run(TRAIN_LINEAR, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stderr
