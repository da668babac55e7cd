"""Finds libdescent, refuses another version than this package's, loads it as `library`, and owns its objects."""

import ctypes
import ctypes.util
import os
import sys
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import declarations

VERSION = "0.2.0"

_ENVIRONMENT_VARIABLE = "DESCENT_LIBRARY"
_FILE_NAMES = ("libdescent.dylib",) if sys.platform == "darwin" else ("libdescent.so.0", "libdescent.so")


class _RefusedError(Exception):
    """The file was loaded, but these bindings cannot use it."""


def _candidates() -> Iterator[tuple[str, str]]:
    """Yields (where it comes from, path) in the order of preference."""
    chosen = os.environ.get(_ENVIRONMENT_VARIABLE)
    if chosen:
        # Whoever names a file wants that one: quietly taking another would hide the mistake.
        yield _ENVIRONMENT_VARIABLE, chosen
        return
    package = Path(__file__).resolve().parents[1]
    for name in _FILE_NAMES:
        yield "beside the package", str(package / name)
    if len(package.parents) > 2:
        yield "the repository's build", str(package.parents[2] / "build" / "lib" / _FILE_NAMES[-1])
    yield "the system", ctypes.util.find_library("descent") or _FILE_NAMES[0]


def _open(path: str) -> ctypes.CDLL:
    library = ctypes.CDLL(path)
    try:
        library.descent_version_string.restype = ctypes.c_char_p
        found = library.descent_version_string().decode()
    except AttributeError:
        raise _RefusedError("this is not libdescent: it has no function descent_version_string") from None
    if found.split(".")[:2] != VERSION.split(".")[:2]:
        raise _RefusedError(
            f"this is libdescent {found}, and these are the Python bindings of version {VERSION}; "
            "the first two numbers must be the same"
        )
    try:
        declarations.declare(library)
    except AttributeError as error:
        raise _RefusedError(f"this libdescent {found} is incomplete: {error}") from None
    return library


def _load() -> ctypes.CDLL:
    failures = []
    for origin, path in _candidates():
        try:
            return _open(path)
        except (OSError, _RefusedError) as error:
            # The dynamic linker's text mostly starts with the path, which the line below gives already.
            reason = str(error).removeprefix(f"{path}: ")
            failures.append(f"  {path} ({origin}): {reason}")
    raise ImportError(
        "libdescent could not be loaded. Tried:\n"
        + "\n".join(failures)
        + "\nBuild the library with `make` in the repository of libdescent, "
        + f"or name the file: {_ENVIRONMENT_VARIABLE}=/path/to/{_FILE_NAMES[-1]}",
        name="descent",
    )


library = _load()

# descent_optimizer_step once more, for plain addresses: a third of the time of a call with typed pointers.
step_optimizer = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(
    ("descent_optimizer_step", library)
)

# The same of descent_optimizer_step_parameters.
step_parameters = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)(
    ("descent_optimizer_step_parameters", library)
)


class Handle:
    """Owns a C object: it is freed by close(), or when nothing refers to this any more, and only once."""

    __slots__ = ("__weakref__", "address", "close", "pointer")

    def __init__(self, pointer: Any, free: Callable[[Any], None]) -> None:
        """Takes over the object at `pointer`."""
        self.pointer = pointer
        self.address = ctypes.cast(pointer, ctypes.c_void_p).value
        self.close = weakref.finalize(self, free, pointer)
        # Not at the interpreter's exit: other threads and exit handlers may be using it; the system frees the memory.
        self.close.atexit = False


def text(encoded: bytes | None) -> str:
    """A text of the library as a Python string; '' for NULL."""
    return "" if encoded is None else encoded.decode("utf-8", errors="replace")


def library_version() -> str:
    """The version of the library that was loaded, e.g. '0.2.0'. Thread-safe."""
    return text(library.descent_version_string())


def active_isa() -> str:
    """The instruction set that the kernels use: 'baseline', 'avx2' or 'avx512'. Thread-safe.

    The environment variable DESCENT_ISA picks it; it is read once, before the first computation.
    """
    return text(library.descent_active_isa())
