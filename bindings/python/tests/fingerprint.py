"""Prints the instruction set, and a hash of the results of every optimizer and loss: run once for each set.

A script of its own, because the library reads DESCENT_ISA once, when it is first used.
"""

import hashlib
import json

import numpy as np
from stepped import STEPPED

import descent
from descent._c.table import LOSSES

STEPS = 4
LENGTHS = [*range(1, 68), 1000, 100_003]
LOSS_SHAPES = [(batch, width) for batch in (1, 3, 20) for width in (*range(1, 35), 67, 1000)]


def numbers(length, dtype, seed):
    """Ordinary, tiny, huge, subnormal and zero numbers, but none that could become NaN."""
    random = np.random.default_rng(seed)
    result = (random.normal(size=length) * 10 ** random.uniform(-6, 6, length)).astype(dtype)
    special = [0.0, -0.0, 1e-40, -1e-42, 1e12, -1e-12, 1.0]
    chosen = random.random(length) < 0.1
    result[chosen] = random.choice(special, chosen.sum()).astype(dtype)
    return result


def misaligned(array, offset):
    """A copy that starts at an odd address."""
    memory = np.zeros(array.nbytes + offset, np.uint8)
    copy = np.frombuffer(memory, array.dtype, array.size, offset)
    copy[:] = array
    return copy


ADDITIONS = {
    "average": "uniform",
    "lookahead_steps": 2,
    "centralize": True,
    "adaptive_clip": 0.1,
    "cautious": True,
}


# With its own vectors' rate Muon is AdamW to vectors.
EXTRAS = {"muon": {"vector_learning_rate": 0.002}}


def optimizer_results(name, dtype, **options):
    """Yields weights and state after some steps, for all lengths in one step and for a large array in odd pieces."""
    weights = [numbers(length, dtype, length) for length in LENGTHS]
    gradients = [numbers(length, dtype, length + 1) for length in LENGTHS]
    pieces = np.array_split(numbers(5000, dtype, 1), [1, 18, 64, 129, 1000, 1007])
    weights += [misaligned(piece, 2 * i + 1) for i, piece in enumerate(pieces)]
    gradients += [misaligned(piece[::-1], i) for i, piece in enumerate(pieces)]
    optimizer = descent.OPTIMIZERS[name](weight_decay=0.01, **options, **EXTRAS.get(name, {}))
    for _ in range(STEPS):
        optimizer.step(list(zip(weights, gradients, strict=True)))
    yield from weights
    for buffer in optimizer.state_names:
        for index in range(len(weights)):
            yield optimizer.state(index, buffer)


def loss_results(name, dtype):
    """Yields values and gradients."""
    function = descent.LOSSES[name]
    for batch, width in LOSS_SHAPES:
        given = (numbers(batch * width, np.float64, width) % 40 - 20).astype(dtype).reshape(batch, width)
        targets = numbers(batch * width, dtype, 5).reshape(batch, width) % 1
        value, gradient = function(given, np.arange(batch) % width if LOSSES[name].takes_labels else targets)
        yield np.array([value])
        yield gradient


def digest(arrays):
    """One hash of all bytes."""
    total = hashlib.sha256()
    for array in arrays:
        total.update(array.tobytes())
    return total.hexdigest()


def main():
    """Prints the fingerprint as JSON."""
    results = {}
    for dtype in (np.float32, np.float64):
        # Shampoo sees vectors as matrices too, and multiplies them with OpenBLAS.
        for name in sorted(STEPPED.keys() - {"shampoo"}):
            results[f"{name} {dtype.__name__}"] = digest(optimizer_results(name, dtype))
            results[f"{name} {dtype.__name__} with additions"] = digest(optimizer_results(name, dtype, **ADDITIONS))
        for name in descent.LOSSES:
            results[f"{name} {dtype.__name__}"] = digest(loss_results(name, dtype))
    print(json.dumps({"isa": descent.active_isa(), "results": results}))


if __name__ == "__main__":
    main()
