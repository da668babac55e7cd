"""The same bits with any number of threads, on each instruction set: in processes of their own, which begin with it."""

import json
import os
import subprocess
import sys

import pytest
from test_instruction_sets import AVAILABLE, DIRECTORY

pytestmark = pytest.mark.slow

THREADS = [1, 2, 5]


@pytest.fixture(scope="module")
def fingerprint():
    """Runs thread_fingerprint.py with an instruction set and a number of threads, once for each."""
    kept = {}

    def run(isa, threads, *way):
        key = isa, threads, *way
        if key not in kept:
            environment = {"PYTHONPATH": str(DIRECTORY.parent), "DESCENT_ISA": isa, "DESCENT_NUM_THREADS": str(threads)}
            child = subprocess.run(
                [sys.executable, "-B", DIRECTORY / "thread_fingerprint.py", *way],
                env=os.environ | environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            assert child.returncode == 0, child.stderr
            kept[key] = json.loads(child.stdout)
        return kept[key]

    return run


def assert_same(found, expected):
    assert found["results"].keys() == expected["results"].keys()
    assert not [name for name, digest in found["results"].items() if digest != expected["results"][name]]


@pytest.mark.parametrize("isa", AVAILABLE)
@pytest.mark.parametrize("threads", THREADS)
def test_same_bits_with_any_number_of_threads(fingerprint, isa, threads):
    found = fingerprint(isa, threads)
    assert (found["isa"], found["threads"]) == (isa, threads)
    assert_same(found, fingerprint("baseline", 1))


def test_each_result_is_another(fingerprint):
    results = fingerprint("baseline", 1)["results"]
    assert len(results) == len(set(results.values()))


@pytest.mark.parametrize("isa", AVAILABLE)
@pytest.mark.parametrize("way", ["changing", "host"])
def test_same_bits_while_the_number_changes_and_with_a_host(fingerprint, isa, way):
    assert_same(fingerprint(isa, 4, way), fingerprint("baseline", 1))
