"""The state of parameters as PyTorch's optimizers have it: tensors by name, which are the library's memory."""

import ctypes
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._c.arrays import doubles
from .._c.declarations import QUANTIZED8, QUANTIZED8_UNSIGNED
from .._c.errors import InvalidArgumentError, ShapeMismatchError, UnknownNameError, check
from .._c.kinds import told
from .._c.library import library
from .._c.table import COMMON_STATES
from . import _settings
from ._engine import Engine
from ._tensors import TYPES, view

# Of a state in 8 bits there are codes and, for each 256 of them, a scale.
CODES, SCALES = "_codes", "_scales"
_QUANTIZED = (QUANTIZED8, QUANTIZED8_UNSIGNED)
# How many steps or gradients are in a buffer that not every step goes into.
_COUNTED = {"average_values": "averaged_steps", "gradient_mean": "collected_gradients"}
# Above it a float32 cannot count.
_LAST_COUNT = 2**24

Entry = dict[Any, Any]


def export(engine: Engine, index: int, entry: Entry) -> None:
    """Writes a parameter's state into its entry: numbers into the tensors that are there, buffers once.

    Nothing is there before its first step.
    """
    algorithm, form = engine.algorithm, engine.form
    counts = {name: number(engine, index, counted) for name, counted in _COUNTED.items()}
    steps = number(engine, index, "step_count")
    if not steps and not counts["gradient_mean"]:
        return
    numbers = {"step": steps} if form.counts_steps else {}
    numbers |= {name: number(engine, index, own) for name, own in _kept(engine)}
    if form.computed:
        options = _settings.values_of(engine.handle, engine.members[index].group, algorithm)
        numbers |= {name: compute(options, int(steps)) for name, compute in form.computed.items()}
    numbers |= {counted: counts[name] for name, counted in _COUNTED.items() if counts[name]}
    for name, value in numbers.items():
        _write_number(entry, name, value)
    for name, own in _buffers(engine):
        if counts.get(own, 1):
            entry |= {key: tensor for key, tensor in _views(engine, index, name, own).items() if key not in entry}


def restore(engine: Engine, index: int, entry: Mapping[Any, Any]) -> None:
    """Gives a parameter, whose state has been prepared, that of an entry.

    InvalidArgumentError names a tensor that is missing or of another kind, ShapeMismatchError one of another shape.
    """
    for name, own in _buffers(engine):
        if own in COMMON_STATES and not any(key in entry for key in (name, name + CODES)):
            continue
        for key, tensor in _views(engine, index, name, own).items():
            _restore_buffer(engine, index, entry, own, (name, key, tensor))
    for name, own in (*_kept(engine), *((counted, counted) for counted in _COUNTED.values())):
        if entry.get(name) is not None:
            _set_number(engine, index, own, _number_in(entry, name, engine.members[index].name))
    # PyTorch's SGD and Muon do not count; where they have a buffer the first step is behind them.
    steps = 1.0 if entry.get("step") is None else _number_in(entry, "step", engine.members[index].name)
    _set_number(engine, index, "step_count", steps)


def has_state(engine: Engine, entry: Mapping[Any, Any]) -> bool:
    """Whether an entry holds anything that steps go on from."""
    names = [key for name, _ in _buffers(engine) for key in (name, name + CODES)]
    return any(entry.get(name) is not None for name in (*names, "step"))


def names(engine: Engine) -> set[str]:
    """All names under which an entry can have state."""
    found = {"step", *engine.form.computed, *_COUNTED.values(), *(name for name, _ in _kept(engine))}
    return found | {name + ending for name, _ in _buffers(engine) for ending in ("", CODES, SCALES)}


def number(engine: Engine, index: int, name: str) -> float:
    """What belongs to a parameter's state beside its buffers."""
    asked = engine.handle.pointer, index, engine.members[index].group, name.encode()
    (value,) = told(library.descent_optimizer_tensor_number, *asked, of=[ctypes.c_double])
    return float(value)


def _set_number(engine: Engine, index: int, name: str, value: float) -> None:
    group = engine.members[index].group
    status = library.descent_optimizer_set_tensor_number(engine.handle.pointer, index, group, name.encode(), value)
    check(status, {"value: ": f"the state {name!r} of {engine.members[index].name}: "})


def _buffers(engine: Engine) -> list[tuple[str, str]]:
    """The state buffers of an algorithm: how they are called in a state dictionary, and in the library."""
    theirs = {own: name for name, own in engine.form.buffers.items()}
    return [(theirs.get(own, own), own) for own in (*engine.algorithm.state_names, *COMMON_STATES)]


def _kept(engine: Engine) -> list[tuple[str, str]]:
    """The numbers that a rule keeps, likewise."""
    theirs = {own: name for name, own in engine.form.kept.items()}
    return [(theirs.get(own, own), own) for own in engine.algorithm.kept_names]


def _write_number(entry: Entry, name: str, value: float) -> None:
    """A number is a tensor without axes, PyTorch's kind for a count; what a rule keeps goes on with all its bits."""
    before = entry.get(name)
    dtype = torch.float64
    if name == "step" and value <= _LAST_COUNT and torch.get_default_dtype() != torch.float64:
        dtype = torch.float32
    if isinstance(before, Tensor) and before.dtype == dtype and before.dim() == 0:
        before.fill_(value)
    else:
        entry[name] = torch.tensor(value, dtype=dtype)


def _number_in(entry: Mapping[Any, Any], name: str, parameter: str) -> float:
    value = _settings.plain(entry[name])
    if not isinstance(value, int | float):
        raise InvalidArgumentError(f"the state {name!r} of {parameter} is {value!r}; it must be a number")
    return float(value)


def _views(engine: Engine, index: int, name: str, own: str) -> dict[str, Tensor]:
    """A buffer as tensors, by their names; none if the parameter does not have it."""
    asked = engine.handle.pointer, index, own.encode()
    place = engine.places[index]
    try:
        data, count = told(library.descent_optimizer_state, *asked, of=[ctypes.c_void_p, ctypes.c_size_t])
    except UnknownNameError:
        return {}
    (stored,) = told(library.descent_optimizer_state_dtype, *asked, of=[ctypes.c_int32])
    rows, columns = told(library.descent_optimizer_state_shape, *asked, of=[ctypes.c_size_t] * 2)
    is_of_elements = (rows, columns) == (place.rows, place.columns)
    if not is_of_elements and count == 0:
        return {}

    def shaped(tensor: Tensor) -> Tensor:
        if not is_of_elements:
            return tensor.reshape(rows, columns)
        return tensor.as_strided(place.shape, place.strides)

    if stored in _QUANTIZED:
        codes = view(data, count, torch.uint8, engine.handle)
        scales = view(data + (count + 63) // 64 * 64, (count + 255) // 256, torch.float32, engine.handle)
        return {name + CODES: shaped(codes), name + SCALES: scales}
    return {name: shaped(view(data, count, TYPES[stored], engine.handle))}


def _restore_buffer(
    engine: Engine, index: int, entry: Mapping[Any, Any], own: str, part: tuple[str, str, Tensor]
) -> None:
    name, key, tensor = part
    parameter = engine.members[index].name
    given = entry.get(key)
    if given is None and key != name and entry.get(name) is not None:
        if key == name + CODES:
            _narrow(engine, index, own, _require_like(entry[name], tensor, name, parameter))
        return
    if given is None and entry.get(name + CODES) is not None:
        raise InvalidArgumentError(
            f"the state of {parameter} is in 8 bits: make an optimizer with state_dtype='quantized8'"
        )
    if given is None:
        raise InvalidArgumentError(f"the state of {parameter} has no {key!r}")
    given = _require_like(given, tensor, key, parameter)
    if key != name and given.dtype != tensor.dtype:
        raise InvalidArgumentError(
            f"the state {key!r} of {parameter} is of {given.dtype}; it must be of {tensor.dtype}"
        )
    with torch.no_grad():
        tensor.copy_(given)


def _require_like(given: Any, tensor: Tensor, name: str, parameter: str) -> Tensor:
    if not isinstance(given, Tensor):
        raise InvalidArgumentError(f"the state {name!r} of {parameter} is {type(given).__name__}; it must be a tensor")
    if given.shape != tensor.shape:
        raise ShapeMismatchError(
            f"the state {name!r} of {parameter} has the shape {tuple(given.shape)}; it must be {tuple(tensor.shape)}"
        )
    return given.detach()


def _narrow(engine: Engine, index: int, own: str, given: Tensor) -> None:
    """Stores numbers in fewer bits."""
    place = engine.places[index]
    flat = place.like(torch.float64).copy_(given).as_strided((given.numel(),), (1,))
    numbers: np.ndarray[Any, np.dtype[np.float64]] = flat.numpy()
    asked = engine.handle.pointer, index, own.encode()
    check(library.descent_optimizer_narrow_state(*asked, doubles(numbers), numbers.size))


def numbers_in(entry: Mapping[Any, Any]) -> Iterator[tuple[Any, float | None]]:
    """What tells whether an entry was changed, beside the tensors that it holds: the values of those without axes."""
    for name, value in entry.items():
        yield name, value.item() if isinstance(value, Tensor) and value.dim() == 0 else None
