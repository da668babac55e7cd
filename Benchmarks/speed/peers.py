"""The peers that are installed here. One that is not, or cannot be imported, is None and is named once.

Each is loaded when it is first asked for, so that a process of its own has only what it needs.
"""

import ctypes
import importlib
import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

BUILD = Path(__file__).resolve().parents[2] / "build"

missing: dict[str, str] = {}


def _optional(module: str) -> Any:
    """The module, or None; whatever an import can raise counts as missing."""
    try:
        return importlib.import_module(module)
    except Exception as error:  # a peer's own failure must not end the benchmark
        missing[module] = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        return None


def _native() -> Any:
    """The C peers, which `make benchmark` compiles."""
    try:
        library = ctypes.CDLL(str(BUILD / "benchmark" / "libpeers.so"))
    except OSError as error:
        missing["C programs"] = str(error).removeprefix(f"{BUILD}/")
        return None
    names = (
        "drive_steps",
        "peer_adam",
        "peer_move",
        "peer_move_states",
        "peer_softmax_epoch",
        "peer_loss_gradient",
    )
    for name in (
        *names,
        "drive_minimize",
        "peer_liblbfgs",
        "peer_valley",
        "peer_valley_seconds",
    ):
        getattr(library, name).restype = ctypes.c_double
    library.peer_valley_calls.restype = ctypes.c_size_t
    return library


_LOADERS: dict[str, Callable[[], Any]] = {
    "torch": lambda: _optional("torch"),
    "linear_models": lambda: _optional("sklearn.linear_model"),
    "datasets": lambda: _optional("sklearn.datasets"),
    "minimizing": lambda: _optional("scipy.optimize"),
    "liblinear": lambda: _optional("liblinear.liblinearutil"),
    "threadpoolctl": lambda: _optional("threadpoolctl"),
    "native": _native,
}


def __getattr__(name: str) -> Any:
    """A peer, on its first use; from then on it is a name of this module."""
    if name not in _LOADERS:
        raise AttributeError(name)
    globals()[name] = _LOADERS[name]()
    return globals()[name]


def load_all() -> None:
    """Loads every peer, so that `missing` is complete."""
    for name in _LOADERS:
        getattr(sys.modules[__name__], name)


def loaded(name: str) -> Any:
    """A peer that has been asked for in this process; None for another one."""
    return globals().get(name)


def version(distribution: str) -> str | None:
    """The version of an installed Python package."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
