"""Makes restarts.json: cosine restarts whose cycles hardly grow, computed with 60 digits (pip install mpmath).

Each row is N, the cycle factor, the step (from 1), and what the rate is multiplied with.
"""

import json
import random
from pathlib import Path

from hex_json import to_hex
from mpmath import cos, floor, log, mp, mpf, pi

mp.dps = 60


def factor(length, growth, step):
    """(1 + cos(pi * share of the present cycle)) / 2."""
    elapsed, length, growth = mpf(step - 1), mpf(length), mpf(growth)
    if growth == 1:
        share = (elapsed / length) % 1
    else:
        passed = floor(log(1 + elapsed / length * (growth - 1)) / log(growth))
        while length * (growth ** (passed + 1) - 1) / (growth - 1) <= elapsed:
            passed += 1
        while passed > 0 and length * (growth**passed - 1) / (growth - 1) > elapsed:
            passed -= 1
        share = (elapsed - length * (growth**passed - 1) / (growth - 1)) / (length * growth**passed)
    return (1 + cos(pi * share)) / 2


def main():
    draw = random.Random(1)
    rows = []
    for growth in (
        1.0,
        1 + 2**-52,
        1 + 1e-15,
        1 + 1e-14,
        1 + 1e-12,
        1 + 1e-9,
        1 + 1e-6,
        1.001,
        1.5,
        2.0,
        3.0,
        1e6,
        1e300,
    ):
        for length in (1, 3, 10, 1000, 2**31):
            for exponent in (1, 3, 6, 9, 12, 15):
                step = draw.randint(1, 10**exponent)
                rows.append([length, to_hex(growth), step, to_hex(float(factor(length, growth, step)))])
    Path(__file__).with_name("restarts.json").write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


main()
