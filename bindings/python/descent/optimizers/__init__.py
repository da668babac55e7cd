"""Optimizers: one class for every algorithm of the library, from SGD to Muon and L-BFGS.

The classes are made from the library's own table when this package is imported: names, options, defaults, ranges and
formulas are stated once, in the library.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._c.errors import UnknownNameError, check
from .._c.library import library
from .._c.table import ALGORITHMS, Algorithm, Option, OptionValue
from ..schedules import Schedule
from . import _documentation
from ._optimizer import Optimizer


def _option_property(option: Option) -> property:
    def read(self: Optimizer) -> OptionValue:
        return self._read(option)

    def write(self: Optimizer, value: OptionValue | Schedule) -> None:
        if isinstance(value, Schedule) and option.name == "schedule":
            for name, setting in value.options.items():
                setattr(self, name, setting)
            return
        pointer = self._require_open().pointer
        check(library.descent_optimizer_set(pointer, option.value, option.number_of(value)))

    return property(read, write, doc=_documentation.option_text(option))


def _make_class(algorithm: Algorithm) -> type[Optimizer]:
    members: dict[str, Any] = {name: _option_property(option) for name, option in algorithm.options.items()}
    members |= {
        "__slots__": (),  # so that a misspelt option is an AttributeError
        "__module__": __name__,
        "__doc__": _documentation.class_text(algorithm),
        "__signature__": _documentation.signature(algorithm),
        "_algorithm": algorithm,
    }
    return type(algorithm.title, (Optimizer,), members)


# By the algorithm's name in the library: 'adam' -> Adam.
OPTIMIZERS: Mapping[str, type[Optimizer]] = {name: _make_class(algorithm) for name, algorithm in ALGORITHMS.items()}


def require_optimizer_name(optimizer: object) -> str:
    """The name of an algorithm, for an argument that may also be an Optimizer; raises TypeError or UnknownNameError."""
    if isinstance(optimizer, type):
        made = f": {optimizer.__name__}() makes one" if issubclass(optimizer, Optimizer) else ""
        raise TypeError(f"optimizer must be a name or an Optimizer, not the class {optimizer.__name__}{made}")
    if not isinstance(optimizer, str):
        raise TypeError(f"optimizer must be a name or an Optimizer, not {type(optimizer).__name__}")
    if optimizer not in OPTIMIZERS:
        raise UnknownNameError(f"optimizer: {optimizer!r} is not one of {', '.join(OPTIMIZERS)}")
    return optimizer


_CLASSES = {kind.__name__: kind for kind in OPTIMIZERS.values()}
globals().update(_CLASSES)

__all__ = ["OPTIMIZERS", "Optimizer"]
__all__ += list(_CLASSES)

if TYPE_CHECKING:
    # They exist at run time only; `make stubs` describes them.
    from ._optimizer_classes import *  # noqa: F403
