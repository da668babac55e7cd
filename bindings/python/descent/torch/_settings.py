"""The hyperparameters of a param group as the library's options."""

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from torch import Tensor

from .._c.errors import InvalidArgumentError, UnsupportedError, check
from .._c.kinds import OPTIMIZER
from .._c.library import Handle, library
from .._c.table import ALGORITHMS, Algorithm
from ..pytorch._forms import IGNORED, REFUSED, Form

Options = Mapping[str, float]


@dataclass(frozen=True)
class Settings:
    """What a group's hyperparameters are in the library: the algorithm, and its options in numbers.

    whole: those that hold for a whole optimizer of the library
    own: those that a group of tensors can have for itself
    """

    algorithm: Algorithm
    dialect: int
    whole: tuple[tuple[str, float], ...]
    own: Options

    @property
    def kind(self) -> tuple[Any, ...]:
        """Groups of the same kind can be stepped together."""
        return self.algorithm.name, self.whole

    def with_rate(self, rate: Any) -> "Settings":
        """The same with another learning rate, which schedulers set in every step."""
        number = self.algorithm.options["learning_rate"].number_of(plain(rate), "lr")
        return replace(self, own={**self.own, "learning_rate": number})

    @property
    def all(self) -> dict[str, float]:
        """All options that are told."""
        return dict(self.whole) | dict(self.own)


def plain(value: Any) -> Any:
    """A hyperparameter as it is in Python: PyTorch takes a tensor of one element for a number."""
    if isinstance(value, Tensor):
        if value.numel() != 1:
            raise InvalidArgumentError(f"a tensor of {value.numel()} elements is no hyperparameter; it must have one")
        return value.item()
    if isinstance(value, tuple | list):
        return tuple(map(plain, value))
    return value


def watched(form: Form, group: Mapping[str, Any]) -> list[Any]:
    """The entries that the steps depend on: equal to those of the step before if nothing has changed."""
    return [group.get(name) for name in form.watched]


def read(form: Form, group: Mapping[str, Any]) -> Settings:
    """The settings of a group. InvalidArgumentError or UnsupportedError names the hyperparameter that is wrong."""
    values = {name: plain(group[name]) for name in form.watched if name in group}
    for name, harmless in REFUSED.items():
        if values.get(name, harmless) != harmless:
            raise UnsupportedError(
                f"{name}: {values[name]!r} is for PyTorch's own arithmetic; here it can only be False"
            )
    options: dict[str, tuple[str, Any]] = {}
    for name, meaning in form.meanings.items():
        if name not in values:
            raise InvalidArgumentError(f"{name}: the param group does not have it")
        value = values[name]
        if callable(meaning):
            options |= {option: (name, one) for option, one in meaning(values).items()}
        elif isinstance(meaning, str):
            options[meaning] = name, value
        else:
            if not isinstance(value, tuple) or len(value) != len(meaning):
                raise InvalidArgumentError(f"{name} is {value!r}; it must be {len(meaning)} numbers")
            options |= {option: (f"{name}[{index}]", value[index]) for index, option in enumerate(meaning)}
    options |= {name: (name, values[name]) for name in form.extras if name in values}
    algorithm = form.algorithm_of(values)
    numbers = {option: algorithm.options[option].number_of(value, name) for option, (name, value) in options.items()}
    of_groups = of_a_group(algorithm.name)
    return Settings(
        algorithm,
        int(form.dialect == "pytorch"),
        tuple(sorted((option, number) for option, number in numbers.items() if option not in of_groups)),
        {option: number for option, number in numbers.items() if option in of_groups},
    )


@cache
def of_a_group(algorithm: str) -> frozenset[str]:
    """The options that a group of tensors can have for itself, as the library answers when they are set."""
    found = ALGORITHMS[algorithm]
    trial = OPTIMIZER.made("create", found.value)
    return frozenset(
        name
        for name, option in found.options.items()
        if library.descent_optimizer_set_group(trial.pointer, 1, option.value, option.default_number) == 0
    )


def make(settings: Settings, words: Mapping[str, str]) -> Handle:
    """One of the library's optimizers with the options that hold for all of it."""
    handle = OPTIMIZER.made("create", settings.algorithm.value)
    options = settings.algorithm.options
    if "dialect" in options:
        check(library.descent_optimizer_set(handle.pointer, options["dialect"].value, settings.dialect))
    for name, number in settings.whole:
        check(library.descent_optimizer_set(handle.pointer, options[name].value, number), words)
    return handle


def set_own(handle: Handle, group: int, settings: Settings, known: Options, words: Mapping[str, str]) -> None:
    """Sets the options of a group that are not as they are known to be."""
    options = settings.algorithm.options
    for name, number in settings.own.items():
        if known.get(name) != number:
            status = library.descent_optimizer_set_group(handle.pointer, group, options[name].value, number)
            check(status, words)


def values_of(handle: Handle, group: int, algorithm: Algorithm) -> dict[str, float]:
    """All options that a group has."""
    value = ctypes.c_double()
    found = {}
    for name, option in algorithm.options.items():
        check(library.descent_optimizer_get_group(handle.pointer, group, option.value, ctypes.byref(value)))
        found[name] = value.value
    return found


__all__ = ["IGNORED", "Settings", "make", "of_a_group", "plain", "read", "set_own", "values_of", "watched"]
