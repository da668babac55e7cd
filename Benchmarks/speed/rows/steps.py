"""Optimizer steps: every contestant holds its own copy of the weights and its own state, and shares the gradients."""

import ctypes
from collections.abc import Callable, Iterable, Sequence

import numpy as np

import descent

from .. import library, peers, threads
from ..race import Contestant, repeat

VERIFIED_STEPS = 5
Shape = int | tuple[int, ...]
Arrays = list[np.ndarray]


class Problem:
    """Tensors to step: start values and gradients, random and the same every time."""

    def __init__(self, shapes: Iterable[Shape]) -> None:
        """Draws them."""
        random = np.random.default_rng(seed=1)
        self.gradients: Arrays = [random.standard_normal(shape, np.float32) for shape in shapes]
        self._start = [random.standard_normal(gradient.shape, np.float32) for gradient in self.gradients]

    def weights(self) -> Arrays:
        """A copy of the start values."""
        return [start.copy() for start in self._start]


def _contestant(name: str, run: Callable[[int], float], weights: Sequence[np.ndarray]) -> Contestant:
    def outcome() -> Sequence[np.ndarray]:
        run(VERIFIED_STEPS)
        return weights

    return Contestant(name, run, outcome)


# --- libdescent ------------------------------------------------------------------------------------------------------


def from_c(
    problem: Problem, algorithm: int, options: dict[int, float] | None = None, name: str = "libdescent"
) -> Contestant:
    """descent_optimizer_step() called and timed by C code; by Python where the C peers were not compiled."""
    optimizer, weights = library.Optimizer(algorithm, options), problem.weights()
    tensors = library.tensor_array(weights, problem.gradients)
    count = ctypes.c_size_t(len(weights))
    step = library.lib.descent_optimizer_step
    if peers.native is None:
        contestant = _contestant(name, repeat(lambda: library.check(step(optimizer.handle, tensors, count))), weights)
        contestant.note = "called through ctypes"
        return contestant
    address = ctypes.cast(step, ctypes.c_void_p)

    def run(repeats: int) -> float:
        seconds: float = peers.native.drive_steps(address, optimizer.handle, tensors, count, ctypes.c_size_t(repeats))
        if seconds < 0:
            library.check(-1)
        return seconds

    return _contestant(name, run, weights)


def from_python(problem: Problem, optimizer: descent.Optimizer, name: str = "libdescent from Python") -> Contestant:
    """update() of the Python bindings, with dicts of arrays."""
    weights = problem.weights()
    params, grads = dict(enumerate(weights)), dict(enumerate(problem.gradients))
    return _contestant(name, repeat(lambda: optimizer.update(params, grads)), weights)


# --- PyTorch ---------------------------------------------------------------------------------------------------------


def pytorch(problem: Problem, algorithm: str, name: str, **options: object) -> Contestant | None:
    """step() of an optimizer of PyTorch, on tensors that share the arrays' memory."""
    torch = peers.torch
    if torch is None:
        return None
    weights = problem.weights()
    parameters = [torch.nn.Parameter(torch.from_numpy(array)) for array in weights]
    for parameter, gradient in zip(parameters, problem.gradients, strict=True):
        parameter.grad = torch.from_numpy(gradient)
    optimizer = getattr(torch.optim, algorithm)(parameters, **options)
    return _contestant(name, repeat(optimizer.step), weights)


# --- NumPy, as the course teaches it ---------------------------------------------------------------------------------


def numpy_course(problem: Problem, rule: Callable[[], Callable[..., None]]) -> Contestant:
    """The formula written with array expressions; `rule` makes the update of one tensor, with its state."""
    weights = problem.weights()
    updates = [rule() for _ in weights]

    def step() -> None:
        for update, w, g in zip(updates, weights, problem.gradients, strict=True):
            update(w, g)

    return _contestant("NumPy", repeat(step), weights)


def course_adam(learning_rate: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8):
    """Adam with bias correction."""
    m = v = np.float32(0)
    t = 0

    def update(w: np.ndarray, g: np.ndarray) -> None:
        nonlocal m, v, t
        t += 1
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        w -= learning_rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)

    return update


def course_rmsprop(learning_rate: float = 0.01, rho: float = 0.99, epsilon: float = 1e-7):
    """RMSProp."""
    h = np.float32(0)

    def update(w: np.ndarray, g: np.ndarray) -> None:
        nonlocal h
        h = rho * h + (1 - rho) * g**2
        w -= learning_rate * g / (np.sqrt(h) + epsilon)

    return update


# --- C ---------------------------------------------------------------------------------------------------------------


class _AdamTensor(ctypes.Structure):
    """adam_tensor of steps.c."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("w", "g", "m", "v")),
        ("count", ctypes.c_size_t),
    )


def _adam_tensors(weights: Arrays, gradients: Arrays) -> ctypes.Array:
    pairs = zip(weights, gradients, strict=True)
    quadruples = [(w, g, zeros(w.size, 1024), zeros(w.size, 2048)) for w, g in pairs]
    array = (_AdamTensor * len(weights))(*((*(a.ctypes.data for a in four), four[0].size) for four in quadruples))
    array.borrowed = quadruples  # kept alive: the structs have only the addresses
    return array


def zeros(count: int, offset: int) -> np.ndarray:
    """Float32 zeros that begin so many bytes after the begin of a page.

    Large arrays mostly begin at the same place of a page. Four of them, read and written side by side, then hinder each
    other, and the limits that the C loops stand for would be a third too high.
    """
    page = 4096
    array = np.empty(count + 2 * page // 4, np.float32)
    begin = (-array.ctypes.data % page + offset) // 4
    array[:] = 0
    return array[begin : begin + count]


def c_loop(problem: Problem) -> Contestant | None:
    """The plain Adam loop of steps.c: the practical limit."""
    if peers.native is None:
        return None
    weights = problem.weights()
    array = _adam_tensors(weights, problem.gradients)
    done = 0

    def run(repeats: int) -> float:
        nonlocal done
        first, size = ctypes.c_long(done + 1), ctypes.c_size_t
        done += repeats
        count = threads.current()
        seconds: float = peers.native.peer_adam(array, size(len(weights)), first, size(repeats), count)
        return seconds

    return _contestant("C loop", run, weights)


def bandwidth(problem: Problem) -> Contestant | None:
    """A loop that reads four arrays and writes three, as Adam does: the physical limit."""
    if peers.native is None:
        return None
    weights = problem.weights()
    array = _adam_tensors(weights, problem.gradients)

    def run(repeats: int) -> float:
        size = ctypes.c_size_t
        seconds: float = peers.native.peer_move(array, size(len(weights)), size(repeats), threads.current())
        return seconds

    return Contestant("bandwidth loop", run)
