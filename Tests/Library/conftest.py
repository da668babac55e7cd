"""The bindings and the benchmark need not be installed for these tests."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / folder) for folder in ("bindings/python", "Benchmarks")]
