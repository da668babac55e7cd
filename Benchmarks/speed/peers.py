"""The peers that are installed here. One that is not, or cannot be imported, is None and is named once."""

import ctypes
import importlib
import importlib.metadata
from pathlib import Path
from types import ModuleType
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
    names = ("drive_steps", "peer_adam", "peer_move", "peer_move_states", "peer_softmax_epoch", "peer_loss_gradient")
    for name in (*names, "drive_minimize", "peer_liblbfgs", "peer_valley", "peer_valley_seconds"):
        getattr(library, name).restype = ctypes.c_double
    library.peer_valley_calls.restype = ctypes.c_size_t
    return library


torch: ModuleType | None = _optional("torch")
linear_models: Any = _optional("sklearn.linear_model")
minimizing: Any = _optional("scipy.optimize")
liblinear: Any = _optional("liblinear.liblinearutil")
threadpoolctl: Any = _optional("threadpoolctl")
native: Any = _native()


def version(distribution: str) -> str | None:
    """The version of an installed Python package."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
