"""State dictionaries: flat, from text to NumPy arrays, as numpy.savez and safetensors can hold them."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from .._c.arrays import Array, as_array, describe
from .._c.errors import InvalidArgumentError

StateDict = dict[str, Array]


def text(value: object) -> Array:
    """Something that JSON can write, as bytes."""
    return np.frombuffer(json.dumps(value).encode(), np.uint8).copy()


class StateReader:
    """Takes the arrays that Python itself knows out of a state dictionary, and says which is missing or wrong."""

    def __init__(self, state: Mapping[str, Any]) -> None:
        """TypeError for what is no dictionary from text to arrays."""
        if not isinstance(state, Mapping):
            raise TypeError(f"the state must be a dict of arrays, not {type(state).__name__}")
        self.rest = {name: as_array(value, f"the state's {name!r}") for name, value in state.items()}

    def has(self, name: str) -> bool:
        """Whether an array of this name is left."""
        return name in self.rest

    def below(self, prefix: str) -> dict[str, Array]:
        """Takes all whose names begin so; the keys of the result are the rest of the names."""
        return {name.removeprefix(prefix): array for name, array in self.take(prefix).items()}

    def take(self, *prefixes: str) -> dict[str, Array]:
        """The same for several beginnings, with the whole names."""
        names = [name for name in self.rest if isinstance(name, str) and name.startswith(prefixes)]
        return {name: self.rest.pop(name) for name in names}

    def array(self, name: str, dtype: Any, shape: tuple[int, ...] | None = None) -> Array:
        """Takes an array of this dtype, whose values it must be able to hold; None: of any shape."""
        given, wanted = self.raw(name), np.dtype(dtype)
        if given.dtype.kind not in _ALLOWED[wanted.kind] or (given.dtype.kind == "f" and given.dtype != wanted):
            raise InvalidArgumentError(f"the state's {name!r} is {describe(given)}; it must be of {wanted.name}")
        if shape is not None and given.shape != shape:
            raise InvalidArgumentError(f"the state's {name!r} is {describe(given)}; its shape must be {shape}")
        if wanted.kind in "iu" and given.size:
            limits = np.iinfo(wanted)
            if int(given.min()) < limits.min or int(given.max()) > limits.max:
                raise InvalidArgumentError(f"the state's {name!r} holds numbers that {wanted.name} cannot")
        return np.array(given, wanted, order="C")

    def raw(self, name: str) -> Array:
        """Takes an array as it is."""
        if name not in self.rest:
            raise InvalidArgumentError(f"the state has no {name!r}")
        return self.rest.pop(name)

    def integer(self, name: str) -> int:
        """Takes a number of 0 to 2^64 - 1."""
        return int(self.array(name, np.uint64, ()))

    def double(self, name: str) -> float:
        """Takes a double."""
        given = self.raw(name)
        if given.shape != () or given.dtype.kind not in "fiub":
            raise InvalidArgumentError(f"the state's {name!r} is {describe(given)}; it must be one number")
        return float(given)

    def text(self, name: str) -> Any:
        """Takes what text() made."""
        text = self.array(name, np.uint8).tobytes()
        try:
            return json.loads(text)
        except ValueError:
            raise InvalidArgumentError(f"the state's {name!r} is not the bytes of a JSON text") from None

    def finish(self) -> None:
        """Names the first array that was not taken."""
        for name in self.rest:
            raise InvalidArgumentError(f"the state has {name!r}, which does not belong to it")


# From which kinds of numbers an array may come; a file has 0 and 1 for what is true or not.
_ALLOWED = {"f": "f", "u": "iub", "i": "iub", "b": "bu"}
