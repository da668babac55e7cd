"""The kinds of objects that the library makes, and calls of its functions that make one or write numbers."""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .declarations import ClassifierPointer, OptimizerPointer, RegressorPointer, SamplerPointer
from .errors import check
from .library import Handle, library


def told(function: Callable[..., int], *arguments: Any, of: Sequence[type[Any]]) -> list[Any]:
    """What a function of the library writes to its last arguments, which are pointers to these types of ctypes."""
    places = [kind() for kind in of]
    check(function(*arguments, *map(ctypes.byref, places)))
    return [place.value for place in places]


@dataclass(frozen=True)
class Kind:
    """A kind of objects and of saved bytes: its number there, and what functions and pointers are called."""

    number: int
    name: str
    pointer: type[Any]

    def function(self, name: str) -> Callable[..., Any]:
        """One of the functions for this kind."""
        return getattr(library, f"descent_{self.name}_{name}")  # type: ignore[no-any-return]

    def made(self, function: str, *arguments: Any) -> Handle:
        """The object that such a function makes, and writes to its last argument."""
        pointer = self.pointer()
        check(self.function(function)(*arguments, ctypes.byref(pointer)))
        return Handle(pointer, self.function("free"))


OPTIMIZER = Kind(1, "optimizer", OptimizerPointer)
SAMPLER = Kind(2, "sampler", SamplerPointer)
CLASSIFIER = Kind(3, "classifier", ClassifierPointer)
REGRESSOR = Kind(3, "regressor", RegressorPointer)
