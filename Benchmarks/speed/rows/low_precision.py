"""Rows of steps that move fewer bytes: quantized state, low-precision values, and the job of offloading.

Beside the times: what each needs of memory besides parameters and gradients.
"""

import ctypes
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import library, peers, threads
from ..race import Contestant, Row, Target, repeat
from .adam import FUSED, OURS
from .steps import VERIFIED_STEPS

COUNT = 30_000_000
BITSANDBYTES, CASTS, BANDWIDTH = "bitsandbytes 8-bit", "PyTorch fused and casts", "bandwidth loop"
RATE, DECAY = 1e-3, 0.01
DECAYED = {"lr": RATE, "weight_decay": DECAY}
READ, UPDATE, WRITE = range(3)


class Job:
    """One vector with its gradient, both the same every time; bfloat16 is kept as uint16."""

    def __init__(self, count: int, values_are_low: bool, gradient_is_low: bool) -> None:
        """Draws them."""
        random = np.random.default_rng(seed=1)
        self.count = count
        self.gradient = _stored(random.standard_normal(count, np.float32), gradient_is_low)
        self._start = _stored(random.standard_normal(count, np.float32), values_are_low)

    def values(self) -> np.ndarray:
        """A copy of the start values."""
        return self._start.copy()


def _stored(numbers: np.ndarray, is_low: bool) -> np.ndarray:
    """Cut off after 16 bits, if that is wanted."""
    return (numbers.view(np.uint32) >> 16).astype(np.uint16) if is_low else numbers


def _widened(numbers: np.ndarray) -> np.ndarray:
    return (numbers.astype(np.uint32) << 16).view(np.float32) if numbers.dtype == np.uint16 else numbers


def _contestant(name: str, run: Callable[[int], float], values: np.ndarray) -> Contestant:
    def outcome() -> list[np.ndarray]:
        run(VERIFIED_STEPS)
        return [_widened(values)]

    return Contestant(name, run, outcome)


def _ours(job: Job, algorithm: int, options: dict[int, float], has_copy: bool = False) -> Contestant:
    """descent_optimizer_step_parameters(), called and timed by C code; by Python where that was not compiled."""
    optimizer, values = library.Optimizer(algorithm, options), job.values()
    parameter = library.parameter(values, job.gradient, np.ones(job.count, np.uint16) if has_copy else None)
    step, one = library.lib.descent_optimizer_step_parameters, ctypes.c_size_t(1)
    if peers.native is None:
        return _contestant(
            OURS, repeat(lambda: library.check(step(optimizer.handle, ctypes.byref(parameter), one))), values
        )
    address = ctypes.cast(step, ctypes.c_void_p)

    def run(repeats: int) -> float:
        count = ctypes.c_size_t(repeats)
        seconds: float = peers.native.drive_parameters(address, optimizer.handle, ctypes.byref(parameter), one, count)
        if seconds < 0:
            library.check(-1)
        return seconds

    return _contestant(OURS, run, values)


def _torch_parameter(values: np.ndarray, gradient: np.ndarray) -> Any:
    torch = peers.torch

    def tensor(array: np.ndarray) -> Any:
        found = torch.from_numpy(array)
        return found.view(torch.bfloat16) if array.dtype == np.uint16 else found

    parameter = torch.nn.Parameter(tensor(values))
    parameter.grad = tensor(gradient)
    return parameter


def _pytorch(job: Job, algorithm: str, **options: object) -> Contestant | None:
    if peers.torch is None:
        return None
    values = job.values()
    optimizer = getattr(peers.torch.optim, algorithm)([_torch_parameter(values, job.gradient)], fused=True, **options)
    return _contestant(FUSED, repeat(optimizer.step), values)


def _bitsandbytes(job: Job) -> Contestant | None:
    if peers.torch is None or peers.bitsandbytes is None:
        return None
    values = job.values()
    optimizer = peers.bitsandbytes.optim.Adam8bit([_torch_parameter(values, job.gradient)], lr=RATE)
    return _contestant(BITSANDBYTES, repeat(optimizer.step), values)


def _pytorch_with_casts(job: Job) -> Contestant | None:
    """Fused steps want a gradient of the values' type: it is widened before, and the copy made after the step.

    DeepSpeed's CPUAdam is compiled where it is installed, and PyPI has no wheel of it: it is not among the peers.
    """
    if peers.torch is None:
        return None
    values = job.values()
    parameter = _torch_parameter(values, _widened(job.gradient))
    low = _torch_parameter(np.ones(job.count, np.uint16), job.gradient)
    optimizer = peers.torch.optim.AdamW([parameter], fused=True, **DECAYED)

    def step() -> None:
        parameter.grad.copy_(low.grad)
        optimizer.step()
        low.data.copy_(parameter.data)

    return _contestant(CASTS, repeat(step), values)


class _Moved(ctypes.Structure):
    """moved_array of move_arrays.c."""

    _fields_ = (("bytes", ctypes.c_void_p), ("element_bytes", ctypes.c_size_t), ("moving", ctypes.c_int32))


def _bandwidth(count: int, *arrays: tuple[int, int]) -> Contestant | None:
    """Arrays of elements of so many bytes, and how they are moved."""
    if peers.native is None:
        return None
    # Large arrays mostly begin at the same place of a page, and would hinder each other.
    memory = [np.zeros(count * size + 4096, np.uint8)[448 * (i + 1) :] for i, (size, _) in enumerate(arrays)]
    pairs = zip(memory, arrays, strict=True)
    structs = (_Moved * len(arrays))(*(_Moved(m.ctypes.data, size, moving) for m, (size, moving) in pairs))
    structs.borrowed = memory

    def run(repeats: int) -> float:
        size = ctypes.c_size_t
        seconds: float = peers.native.peer_move_arrays(
            structs, size(len(structs)), size(count), size(repeats), threads.current()
        )
        return seconds

    return Contestant(BANDWIDTH, run)


STATE = library.STATE_DTYPE, library.QUANTIZED8


def _quantized(count: int) -> list[Contestant | None]:
    job = Job(count, False, False)
    return [
        _ours(job, library.ADAM, dict([STATE])),
        _pytorch(job, "Adam", lr=RATE),
        _bitsandbytes(job),
        _bandwidth(count, (4, UPDATE), (4, READ), (1, UPDATE), (1, UPDATE)),
    ]


def _offloading(count: int) -> list[Contestant | None]:
    job = Job(count, False, True)
    return [
        _ours(job, library.ADAMW, {}, has_copy=True),
        _pytorch_with_casts(job),
        _bandwidth(count, (4, UPDATE), (2, READ), (4, UPDATE), (4, UPDATE), (2, WRITE)),
    ]


def _low(count: int) -> list[Contestant | None]:
    job = Job(count, True, True)
    return [
        _ours(job, library.ADAMW, dict([STATE, (library.STOCHASTIC_ROUNDING, 1)])),
        _pytorch(job, "AdamW", **DECAYED),
        _bandwidth(count, (2, UPDATE), (2, READ), (1, UPDATE), (1, UPDATE)),
    ]


JOBS: dict[str, Callable[[int], list[Contestant | None]]] = {
    "quantized8": _quantized,
    "offloading": _offloading,
    "bfloat16": _low,
}
_WORDS = {
    "quantized8": "Adam step, {:,} float32, libdescent with 8-bit state",
    "offloading": "AdamW step, {:,} float32, bfloat16 gradient and copy",
    "bfloat16": "AdamW step, {:,} bfloat16, libdescent with 8-bit state and stochastic rounding",
}
_TARGETS = {
    "quantized8": [Target(OURS, FUSED, 1.6), Target(OURS, BITSANDBYTES, 50)],
    "offloading": [Target(OURS, CASTS, 1.2), Target(OURS, BANDWIDTH, 0.95)],
    "bfloat16": [Target(OURS, FUSED, 2)],
}
# Weights after five steps of 0.001 or, with state of 8 bits, a little more; bfloat16 moves by up to 2^-7 of itself.
_TOLERANCES = {"quantized8": (0.0, 1e-2), "offloading": (1e-6, 2e-6), "bfloat16": (5 * 2**-7, 1e-2)}


def _memory(key: str, names: list[str]) -> list[dict[str, Any]]:
    """The most that each has besides values and gradient, in a process of its own."""
    program = "import sys; from speed.rows import low_precision as rows; rows.print_memory(*sys.argv[1:])"
    found = []
    for name in names:
        command = [sys.executable, "-c", program, key, name]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            what = f"memory besides values and gradient, {key}: {name}"
            found.append({"name": what, "value": round(float(answer.stdout) / 2**20, 1), "unit": "MB", "limit": None})
    return found


def print_memory(key: str, name: str) -> None:
    """Prints by how many bytes the process grows at the most while one contestant makes some steps."""
    chosen = [contestant for contestant in JOBS[key](COUNT) if contestant is not None and contestant.name == name]
    before = _memory_of("VmRSS")
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")  # the greatest so far is what there is now
    chosen[0].run(2)
    print(_memory_of("VmHWM") - before)


def _memory_of(line: str) -> int:
    with open("/proc/self/status", encoding="ascii") as file:
        return next(1024 * int(text.split()[1]) for text in file if text.startswith(line))


def _row(key: str, thread_count: int) -> Row:
    def derive(medians: dict[str, float]) -> list[dict[str, Any]]:
        return _memory(key, [name for name in medians if name != BANDWIDTH]) if thread_count == 1 else []

    return Row(
        f"{key}-{thread_count}",
        _WORDS[key].format(COUNT),
        lambda: JOBS[key](COUNT),
        thread_count,
        _TARGETS[key],
        _TOLERANCES[key],
        derive=derive,
    )


def rows() -> list[Row]:
    """With one thread and with two."""
    return [_row(key, thread_count) for key in JOBS for thread_count in (1, 2)]
