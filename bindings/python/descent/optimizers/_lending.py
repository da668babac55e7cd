"""Who may use the C object of an optimizer: its owner, or for a time a minimization or a fit."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .._c.errors import InvalidArgumentError
from .._c.library import Handle
from ._tensors import TensorList

# A C object, and what Python knows of its tensors.
_Readable = tuple[Handle, TensorList | None]


@dataclass(frozen=True, slots=True)
class Work:
    """What an optimizer is doing, in which thread, and what can be read of it there and elsewhere meanwhile."""

    place: str
    thread: int
    here: _Readable | None = None
    elsewhere: _Readable | None = None

    @property
    def is_here(self) -> bool:
        """Whether this is the thread of the work."""
        return self.thread == threading.get_ident()

    @property
    def readable(self) -> _Readable | None:
        """What can be read in this thread."""
        return self.here if self.is_here else self.elsewhere

    def words(self) -> str:
        """The end of a sentence that begins with 'this Adam'."""
        if not self.is_here:
            return f"is at work in {self.place} in another thread"
        if self.here is None:
            return f"is at work in {self.place} further out"
        return f"is at work in {self.place}: its progress function can read, save and copy it, but not change it"


class LendableOptimizer:
    """An optimizer that can be lent out. While it is, nobody else can step, change or free it."""

    __slots__ = ("__weakref__", "_handle", "_tensors", "_work")

    _handle: Handle | None  # None if it is closed or lent out
    _tensors: TensorList | None
    _work: Work | None

    def _require_open(self) -> Handle:
        """The C object, to change it."""
        if self._handle is None:
            words = self._work.words() if self._work else "is closed"
            raise InvalidArgumentError(f"this {type(self).__name__} {words}")
        return self._handle

    @property
    def _pointer(self) -> Any:
        """The C object, to read it."""
        readable = self._work.readable if self._work else None
        return (readable[0] if readable else self._require_open()).pointer

    @property
    def _known_tensors(self) -> TensorList | None:
        """The tensors of the C object that can be read."""
        readable = self._work.readable if self._work else None
        return readable[1] if readable else self._tensors

    @property
    def _absence(self) -> str:
        """Why it cannot be read; empty if it can."""
        if self._handle is not None or (self._work and self._work.readable):
            return ""
        return "at work" if self._work else "closed"

    @contextmanager
    def _at_work(self) -> Iterator[Any]:
        """Lends the C object to a minimization until the `with` block ends."""
        handle = self._require_open()
        with self._doing(Work("a minimize()", threading.get_ident())):
            yield handle.pointer

    @contextmanager
    def _represents(self, fitting: "LendableOptimizer", tensors: TensorList) -> Iterator[None]:
        """While another optimizer is at work in a fit in this one's place, this one shows what that one has.

        Other threads see what this one had before, until the result is adopted.
        """
        own = self._require_open(), self._tensors
        assert fitting._handle is not None
        fitting._tensors = tensors
        with self._doing(Work("a fit", threading.get_ident(), (fitting._handle, tensors), own)):
            yield

    @contextmanager
    def _doing(self, work: Work) -> Iterator[None]:
        handle = self._handle
        self._work, self._handle = work, None
        try:
            yield
        finally:
            self._handle, self._work = handle, None
