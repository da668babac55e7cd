"""Buffers beyond 2^31 and 2^32 bytes: what counts bytes or elements in 32 bits, or with a sign, fails here.

`make test-large` runs it. Each case is a process of its own, which says how much memory it needs, and is skipped where
the machine has too little. An argument picks the cases whose names contain it.
"""

import pickle
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import descent

GIB = 2**30
# Of the contents of a large tensor, which repeat themselves: no divisor of any block's length.
PERIOD = 2**20 + 7

Floats = NDArray[np.float32]


def require(condition: bool, words: str) -> None:
    """Ends the case with these words."""
    if not condition:
        sys.exit(f"failed: {words}")


def chunks(count: int) -> Iterator[tuple[slice, slice]]:
    """Parts of a large tensor, and the parts of the small one that they must be equal to."""
    for start in range(0, count, PERIOD):
        length = min(PERIOD, count - start)
        yield slice(start, start + length), slice(length)


class Tensor:
    """Large values and their gradient, and the same on a small scale: one period, and the last element."""

    def __init__(self, count: int) -> None:
        """Only the last element has a gradient; the others change by their weight decay."""
        pattern = np.random.default_rng(1).standard_normal(PERIOD, np.float32)
        self.count = count
        self.small = np.append(pattern, pattern[(count - 1) % PERIOD])
        # Of zeros that are only read there is one page.
        self.gradient, self.small_gradient = np.zeros(count, np.float32), np.zeros(PERIOD + 1, np.float32)
        self.gradient[-1] = self.small_gradient[-1] = 1
        self.reference = descent.Momentum(learning_rate=0.1, weight_decay=0.01)
        self.expand()

    def expand(self) -> None:
        """Makes the values, which are those on the small scale."""
        self.values = np.empty(self.count, np.float32)
        for part, own in chunks(self.count):
            self.values[part] = self.small[own]
        self.values[-1] = self.small[-1]

    def forget(self) -> None:
        """Gives their memory back, until they are needed again."""
        self.values = np.empty(0, np.float32)

    def step(self, optimizer: descent.Optimizer) -> None:
        """Steps both, and compares them."""
        optimizer.update({"w": self.values}, {"w": self.gradient})
        self.reference.update({"w": self.small}, {"w": self.small_gradient})
        self.compare(self.values, self.small, "the values")

    def compare_state(self, optimizer: descent.Optimizer) -> None:
        """Reads both states, and compares them."""
        self.compare(optimizer.state("w", "velocity"), self.reference.state("w", "velocity"), "the state")

    @staticmethod
    def compare(large: Floats, small: Floats, name: str) -> None:
        """The bits must be the same."""
        bits, expected = large.view(np.uint32), small.view(np.uint32)
        require(bits[-1] == expected[-1], f"the last element of {name} is {large[-1]}, not {small[-1]}")
        for part, own in chunks(len(large) - 1):
            same = bits[part] == expected[own]
            if not same.all():
                wrong = part.start + int(np.argmin(same))
                require(False, f"element {wrong} of {name} is {large[wrong]}, not {small[own][wrong - part.start]}")


def by_file(optimizer: descent.Optimizer) -> descent.Optimizer:
    """Saved, closed and loaded again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "optimizer")
        optimizer.save(path)
        optimizer.close()
        return descent.Optimizer.load(path)


def by_pickle(optimizer: descent.Optimizer) -> descent.Optimizer:
    """Pickled, closed and unpickled."""
    pickled = pickle.dumps(optimizer)
    optimizer.close()
    again: descent.Optimizer = pickle.loads(pickled)
    return again


def by_state_dict(optimizer: descent.Optimizer) -> descent.Optimizer:
    """Another one with its state dictionary."""
    state = optimizer.state_dict()
    optimizer.close()
    again = descent.Momentum()
    again.load_state_dict(state)
    return again


def by_bytes(optimizer: descent.Optimizer) -> descent.Optimizer:
    """What all others have in common: the bytes that the library writes and reads."""
    saved, tensors = optimizer._saved(), optimizer._tensors
    optimizer.close()
    return descent.Optimizer._from_saved(saved, tensors)


Way = Callable[[descent.Optimizer], descent.Optimizer]


def optimizer_of(size: int, *ways: Way) -> Callable[[], None]:
    """A tensor of a little more than so many bytes, whose optimizer goes on after each of these ways."""

    def run() -> None:
        tensor = Tensor(size // 4 + 5)
        optimizer: descent.Optimizer = descent.Momentum(learning_rate=0.1, weight_decay=0.01)
        tensor.step(optimizer)
        tensor.step(optimizer)
        tensor.compare_state(optimizer)
        say("stepped, state read")
        for way in ways:
            tensor.forget()
            optimizer = way(optimizer)
            require(optimizer.step_count == tensor.reference.step_count, f"the step count {way.__name__}")
            tensor.compare_state(optimizer)
            tensor.expand()
            tensor.step(optimizer)
            say(f"went on {way.__name__.replace('_', ' ')}")

    return run


def features() -> None:
    """Features of more than 2^32 bytes, of which only the last columns are not 0, and the same without the others."""
    samples, dimension, used = 40, 2**27 - 1, 5
    small = np.random.default_rng(2).integers(1, 255, (samples, used), np.uint8)
    labels = np.arange(samples) % 2
    X = np.zeros((samples, dimension), np.uint8)
    X[:, -used:] = small
    require(X.size > 2**32, "there are too few features")

    def classifier() -> descent.LinearClassifier:
        return descent.LinearClassifier(epochs=1, batch_size=8, optimizer=descent.SGD(learning_rate=0.1), seed=3)

    large, reference = classifier().fit(X, labels), classifier().fit(small, labels)
    say("fitted")
    weights = large.coef_
    require(not weights[:, :-used].any(), "weights of features that are 0 have changed")
    close = np.allclose(weights[:, -used:], reference.coef_, rtol=1e-4, atol=1e-7)
    require(close, f"the weights are\n{weights[:, -used:]}, not\n{reference.coef_}")
    del weights
    scores, expected = large.decision_function(X), reference.decision_function(small)
    require(np.allclose(scores, expected, rtol=1e-4, atol=1e-6), f"the scores are\n{scores}, not\n{expected}")
    losses = large.evaluate(X, labels)[0], reference.evaluate(small, labels)[0]
    require(np.isclose(*losses, rtol=1e-4), f"the loss is {losses[0]}, not {losses[1]}")


# Name: (what is done, bytes of memory at the worst, bytes on the disk).
CASES: dict[str, tuple[Callable[[], None], float, float]] = {
    "features-2^32": (features, 2 * 2**32, 0),
    "optimizer-2^31": (optimizer_of(2**31, by_file, by_pickle, by_state_dict), 6.5 * 2**31, 2**31),
    "bytes-2^32": (optimizer_of(2**32, by_bytes), 5.25 * 2**32, 0),
    "optimizer-2^32": (optimizer_of(2**32, by_file, by_pickle, by_state_dict), 6.5 * 2**32, 2**32),
}


def say(words: str) -> None:
    """Tells how far it is."""
    print(f"  {words}", flush=True)


def available_memory() -> int:
    """Bytes that can be had without swapping; 0 where nobody says."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), 0)


def run_case(name: str) -> bool:
    """Runs it in another process, if there is room; answers whether it went well."""
    _, memory, disk = CASES[name]
    free = available_memory(), shutil.disk_usage(tempfile.gettempdir()).free
    print(f"{name}: needs {memory / GIB:.1f} GiB of memory, {free[0] / GIB:.1f} are available", flush=True)
    if memory > free[0] or disk > free[1]:
        print("  skipped: too little " + ("memory" if memory > free[0] else f"room in {tempfile.gettempdir()}"))
        return True
    return subprocess.run([sys.executable, __file__, "--run", name], check=False).returncode == 0


def main(arguments: list[str]) -> int:
    """Runs the cases whose names contain one of the arguments, or all."""
    if arguments[:1] == ["--run"]:
        CASES[arguments[1]][0]()
        say(f"well; it took {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB")
        return 0
    chosen = [name for name in CASES if not arguments or any(part in name for part in arguments)]
    results = [run_case(name) for name in chosen]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
