"""Runs the C programs that `make` has compiled."""

import resource
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
TRAIN_LINEAR = ROOT / "build" / "test" / "train_linear"
STREAM = ROOT / "build" / "test" / "stream"


def run(program, *arguments, address_space=None):
    """What became of a program: its status and what it printed. It may have so many bytes of addresses."""
    arguments = [program, *map(str, arguments)]
    limit = address_space and (lambda: resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space)))
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False, preexec_fn=limit)


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
