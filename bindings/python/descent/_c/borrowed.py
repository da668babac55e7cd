"""Arrays that the library reads in place: nobody may take their memory away meanwhile."""

import weakref
from typing import Any

import numpy as np

from .arrays import Array
from .errors import InvalidArgumentError


class Borrowed:
    """Holds arrays, and in a `with` block also their memory where it is: for one call of the library.

    A reference does not keep memory from being moved or freed. In the block NumPy refuses to resize the arrays, and
    those that they are views of, because of a weak reference; a bytearray or a memory map below them can be neither
    resized nor closed, because of a view of it. What is left, such as __setstate__(), require_in_place() notices.
    """

    def __init__(self, **arrays: Array) -> None:
        """The arrays by the names that their caller knows."""
        self._owners: list[tuple[str, Any]] = []
        for name, array in arrays.items():
            owner: Any = array
            while owner is not None:
                self._owners.append((name, owner))
                owner = owner.base if isinstance(owner, np.ndarray) else None
        self._places = [(name, owner, _place(owner)) for name, owner in self._owners if isinstance(owner, np.ndarray)]
        self._holds: list[Any] = []

    def __enter__(self) -> None:
        """From now on the memory stays where it is."""
        self._holds = [_hold(owner) for _, owner in self._owners]
        self.require_in_place()

    def __exit__(self, *_: object) -> None:
        """It is its owners' again."""
        self._holds = []

    def require_in_place(self) -> None:
        """InvalidArgumentError if the memory of one of them is no longer what it was: it may have been freed."""
        for name, owner, place in self._places:
            if _place(owner) != place:
                raise InvalidArgumentError(
                    f"{name} was given other memory while it was in use, by the progress function maybe; work on a copy"
                )


def _hold(owner: Any) -> Any:
    if isinstance(owner, np.ndarray):
        return weakref.ref(owner)
    try:
        return memoryview(owner)
    except (TypeError, ValueError, BufferError):
        return None  # what gives no view of its memory has no way either to take it away


def _place(array: Array) -> tuple[int, int]:
    return array.__array_interface__["data"][0], array.nbytes
