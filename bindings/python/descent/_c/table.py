"""What the loaded library offers: its algorithms, their options and state buffers, and its losses.

The optimizer classes and the loss functions are made from this table, so an algorithm or a loss that is added to the
library is in Python without a change here.
"""

import ctypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .arrays import real_number, row_shape
from .enumerations import OPTION_CHOICES, WHOLE_OPTIONS, name_of, number_of
from .errors import UnsupportedError
from .kinds import told
from .library import library, text

OptionValue = float | bool | str


# A matrix, to ask about.
_MATRIX = (2, 3)

# State that the options of any algorithm can call for.
COMMON_STATES = ("gradient_mean", "slow_values", "average_values")


@dataclass(frozen=True)
class Option:
    """One option of one algorithm: a finite value in [minimum, maximum], a switch, which is on or off, or a choice.

    In C every value is a double. In Python that of a switch is a bool, that of a choice one of its names, that of a
    number of steps an int.
    """

    value: int
    name: str
    minimum: float
    maximum: float
    default_number: float
    is_switch: bool

    @property
    def choices(self) -> Mapping[str, int]:
        """The numbers of a choice by their names; empty for the other options."""
        return OPTION_CHOICES.get(self.name, {})

    @property
    def default(self) -> OptionValue:
        """The default, as Python has it."""
        return self.value_of(self.default_number)

    def value_of(self, number: float) -> OptionValue:
        """The library's number as Python has it."""
        if self.choices:
            return name_of(int(number), self.choices)
        if self.is_switch:
            return bool(number)
        return int(number) if self.name in WHOLE_OPTIONS else number

    def number_of(self, value: object, name: str | None = None) -> float:
        """A value as the library has it: a number, or the name of a choice. The library judges the range.

        name: what the caller calls the option, if that is not its name
        """
        if self.choices and isinstance(value, str):
            return float(number_of(value, self.choices, name or self.name))
        return real_number(value, name or self.name)


@dataclass(frozen=True)
class Algorithm:
    """One row of the table of optimizers."""

    value: int
    name: str
    title: str
    formula: str
    options: Mapping[str, Option]
    state_names: tuple[str, ...]
    kept_names: tuple[str, ...]
    is_batch: bool
    is_for_models: bool

    def is_of_matrices(self, name: str) -> bool:
        """Whether only some tensors have a state buffer, or not in their own shape."""
        return self.state_shape(name, _MATRIX) not in (_MATRIX, (1, 1))

    def state_shape(self, name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of a state buffer of a tensor: mostly the tensor's own."""
        if name in COMMON_STATES:
            return shape
        rows, columns = row_shape(shape)
        asked = self.value, self.state_names.index(name), rows, columns
        found = told(library.descent_algorithm_state_shape, *asked, of=[ctypes.c_size_t] * 2)
        return shape if found == [rows, columns] else tuple(found)


@dataclass(frozen=True)
class LossParameter:
    """The number that a loss depends on: finite, in [minimum, maximum]."""

    name: str
    minimum: float
    maximum: float
    default: float


@dataclass(frozen=True)
class Loss:
    """One loss; it compares scores with integer labels or else predictions with real targets."""

    value: int
    name: str
    takes_labels: bool
    parameter: LossParameter | None


def _read_option(algorithm: int, option: int) -> Option | None:
    try:
        minimum, maximum, default = told(library.descent_option_range, algorithm, option, of=[ctypes.c_double] * 3)
    except UnsupportedError:
        return None
    name, is_switch = text(library.descent_option_name(option)), library.descent_option_is_switch(option)
    return Option(option, name, minimum, maximum, default, is_switch)


def _read_names(function: Callable[[int, int], bytes | None], algorithm: int) -> tuple[str, ...]:
    """What a function answers for 0, 1, ... until it has no more."""
    names: list[str] = []
    while (name := function(algorithm, len(names))) is not None:
        names.append(text(name))
    return tuple(names)


def _read_algorithm(value: int) -> Algorithm:
    options = [_read_option(value, library.descent_option_at(index)) for index in range(library.descent_option_count())]
    return Algorithm(
        value=value,
        name=text(library.descent_algorithm_name(value)),
        title=text(library.descent_algorithm_title(value)),
        formula=text(library.descent_algorithm_formula(value)),
        options=MappingProxyType({option.name: option for option in options if option is not None}),
        state_names=_read_names(library.descent_algorithm_state_name, value),
        kept_names=_read_names(library.descent_algorithm_kept_name, value),
        is_batch=library.descent_algorithm_is_batch(value),
        is_for_models=library.descent_algorithm_is_for_models(value),
    )


def _read_loss(value: int) -> Loss:
    return Loss(
        value=value,
        name=text(library.descent_loss_name(value)),
        takes_labels=library.descent_loss_takes_labels(value),
        parameter=_read_loss_parameter(value),
    )


def _read_loss_parameter(loss: int) -> LossParameter | None:
    name = library.descent_loss_parameter_name(loss)
    if name is None:
        return None
    return LossParameter(text(name), *told(library.descent_loss_parameter_range, loss, of=[ctypes.c_double] * 3))


ALGORITHMS: Mapping[str, Algorithm] = MappingProxyType(
    {
        algorithm.name: algorithm
        for algorithm in (
            _read_algorithm(library.descent_algorithm_at(index)) for index in range(library.descent_algorithm_count())
        )
    }
)

LOSSES: Mapping[str, Loss] = MappingProxyType(
    {
        loss.name: loss
        for loss in (_read_loss(library.descent_loss_at(index)) for index in range(library.descent_loss_count()))
    }
)
