"""What the library saves of a sampler, taken apart."""

from dataclasses import dataclass

import numpy as np

from . import _saved_bytes as saved_bytes
from ._arrays import Array
from ._enumerations import SAMPLINGS
from ._state_dicts import StateDict, StateReader, number

_NUMBERS = ("samples", "batch_size", "sampling", "seed", "drop_last", "epoch", "batch")


@dataclass
class SavedSampler:
    """Everything: the numbers by their names, and an array or two where the sampling is stratified or weighted."""

    numbers: dict[str, int]
    arrays: dict[str, Array]

    @classmethod
    def parse(cls, entries: dict[str, Array]) -> "SavedSampler":
        """From what the library lists of bytes that it has saved."""
        return cls.from_dict(StateReader(entries))

    def to_bytes(self) -> bytes:
        """The bytes again; the library judges them when it loads them."""
        return saved_bytes.build(saved_bytes.SAMPLER, self.to_dict())

    def to_dict(self) -> StateDict:
        """The state dictionary."""
        return {name: number(value, np.uint64) for name, value in self.numbers.items()} | self.arrays

    @classmethod
    def from_dict(cls, state: StateReader) -> "SavedSampler":
        """From a state dictionary."""
        numbers = {name: state.integer(name) for name in _NUMBERS}
        names = _arrays_of(numbers["sampling"])
        return cls(numbers, {name: state.array(name, dtype, (numbers["samples"],)) for name, dtype in names.items()})


def _arrays_of(sampling: int) -> dict[str, type[np.generic]]:
    if sampling == SAMPLINGS["stratified"]:
        return {"classes": np.int32}
    if sampling == SAMPLINGS["weighted"]:
        return {"masses": np.uint64, "aliases": np.int32}
    return {}
