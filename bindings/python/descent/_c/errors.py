"""Exceptions: one for every status of the library, each of which is also one of Python's own kinds.

`except ValueError` and `except descent.DescentError` both work, and the text is the library's own: it names the
argument, what was wrong and what is allowed. A wrong *type* is a plain TypeError, as everywhere in Python.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from .library import library, text


class DescentError(Exception):
    """What every failure of the library is derived from.

    status: the number of the descent_status, e.g. 2
    status_name: its name in C, e.g. "DESCENT_ERROR_INVALID_ARGUMENT"
    """

    status: int = -1

    @property
    def status_name(self) -> str:
        """The status as it is called in C."""
        return text(library.descent_status_name(self.status))


class NullPointerError(DescentError, ValueError):
    """A pointer was NULL that may not be."""

    status = 1


class InvalidArgumentError(DescentError, ValueError):
    """A value is outside its range, or an array is not one that the library can use."""

    status = 2


class UnknownNameError(DescentError, ValueError):
    """No algorithm, option, loss or state buffer has this name."""

    status = 3


class ShapeMismatchError(DescentError, ValueError):
    """Not the tensors of the first step, another dimension, or two arrays that do not fit together."""

    status = 4


class NotFiniteError(DescentError, FloatingPointError, ValueError):
    """NaN or infinity where it is forbidden."""

    status = 5


class OutOfMemoryError(DescentError, MemoryError):
    """The memory for state or results could not be had."""

    status = 6


class CorruptStateError(DescentError, ValueError):
    """Saved bytes are truncated, altered or of another version."""

    status = 7


class UnsupportedError(DescentError, ValueError):
    """The algorithm has no such option."""

    status = 8


class CancelledError(DescentError):
    """A callback asked to stop."""

    status = 9


class CommunicationError(DescentError, ConnectionError):
    """An exchange with another process failed."""

    status = 10


class NotFittedError(DescentError, ValueError, AttributeError):
    """The classifier has not been fitted yet."""

    status = InvalidArgumentError.status


_BY_STATUS: dict[int, type[DescentError]] = {
    kind.status: kind
    for kind in (
        NullPointerError,
        InvalidArgumentError,
        UnknownNameError,
        ShapeMismatchError,
        NotFiniteError,
        OutOfMemoryError,
        CorruptStateError,
        UnsupportedError,
        CancelledError,
        CommunicationError,
    )
}


# What a text of the library begins with, and what an argument is called here: C's structs are no arguments in Python.
_WORDS: Mapping[str, str] = MappingProxyType(
    {"options: ": "", "stop: ": "", "objective: ": "fun: ", "drop: ": "drop_last: "}
)


def check(status: int, words: Mapping[str, str] = _WORDS) -> None:
    """Raises the exception that belongs to a status, with the library's text; does nothing for DESCENT_OK.

    words: beginnings of such texts, and what takes their place; those of all functions are replaced in any case
    """
    if status == 0:
        return
    message = text(library.descent_last_error())
    for beginning, word in {**words, **_WORDS}.items():
        if message.startswith(beginning):
            message = word + message.removeprefix(beginning)
            break
    error = _BY_STATUS.get(status, DescentError)(message)
    error.status = status
    raise error


@contextmanager
def naming(what: object) -> Iterator[None]:
    """Puts the name of a file, or of an argument, before what was wrong with it."""
    try:
        yield
    except (DescentError, TypeError) as error:
        raise type(error)(f"{what}: {error}") from None
