"""How optimizers become files, state dictionaries and pickles, and files and so on become optimizers."""

import ctypes
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from .._c.arrays import Array
from .._c.errors import InvalidArgumentError, naming
from .._c.kinds import OPTIMIZER, told
from .._c.library import Handle, library
from .._c.low_precision import TENSOR_DTYPES
from .._c.table import ALGORITHMS, Algorithm
from .._saving import files, saved_bytes
from .._saving.state_dicts import StateDict, StateReader
from ._lending import LendableOptimizer
from ._notes import TensorNotes
from ._tensors import Layout

_BY_VALUE = {algorithm.value: algorithm for algorithm in ALGORITHMS.values()}
_DTYPES = {number: dtype for dtype, number in TENSOR_DTYPES.items()}


class SavableOptimizer(LendableOptimizer):
    """What an Optimizer consists of, and what of it has to do with saving."""

    __slots__ = ("_is_averaging",)

    _algorithm: ClassVar[Algorithm]
    _is_averaging: bool

    def _require_training(self) -> None:
        if self._is_averaging:
            raise InvalidArgumentError("the training parameters would be lost: this is in the block of averaged()")

    def save(self, path: files.PathLike) -> None:
        """Writes everything but the parameters themselves to a file, as a whole or not at all.

        TypeError for a key of a tensor that is not text, a number, or a tuple of them. OSError; then a file that was
        there before is as it was.
        """
        files.write(path, saved_bytes.pack(self._notes.write(), self._saved()))

    @classmethod
    def load(cls, path: files.PathLike) -> Self:
        """Makes an optimizer from a file that save() wrote, or a program in C from what the library saved.

        Optimizer.load() makes one of the class that was saved; Adam.load() refuses another. From a program in C come
        tensors that are numbered, for step().

        CorruptStateError: the file was not saved so: it is cut off, altered, of something else or of a later version.
        InvalidArgumentError: it holds an optimizer of another class. OSError.
        """
        with naming(path):
            notes, (saved,) = saved_bytes.unpack(files.read(path), OPTIMIZER)
            return cls._from_saved(saved, TensorNotes.read_file(notes))

    def state_dict(self) -> StateDict:
        """Everything but the parameters themselves, as a flat dict from text to NumPy arrays, which are copies.

        numpy.savez() and safetensors.numpy.save_file() can hold it. 'step_count', 'options.learning_rate', ... have no
        axes; 'tensor.0.m' is the state 'm' of the first tensor, in its shape; 'keys' is JSON: the tensors' keys.
        TypeError for a key of a tensor that JSON cannot hold.
        """
        return self._shaped_entries() | self._notes.write()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Takes over everything from what state_dict() of an optimizer of the same class returned.

        Options, groups, tensors and state are what they were there. InvalidArgumentError names the array that is
        missing, left over, or wrong; then nothing has changed. TypeError for what is no dict.
        """
        self._require_open()
        self._require_training()
        loaded = self._from_state(state)
        self.close()
        self._handle, self._tensors = loaded._handle, loaded._tensors
        loaded._handle = None

    def __copy__(self) -> Self:
        """A copy with its state, which goes on with the same bits."""
        return self._owning(self._copied_handle(), self._notes)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A copy with its state. Its next update() may have the original's keys, or copies that were made with it.

        A copy of a key that is compared by identity is another key. Where the parameters are copied together with the
        optimizer (in the same object, in any order), they have those copies.
        """
        copied = self._owning(self._copied_handle())
        # A key may refer to the optimizer.
        memo[id(self)] = copied
        tensors = self._known_tensors
        copied._tensors = None if tensors is None else tensors.deep_copy(memo)
        return copied

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles it with its state."""
        notes = self._notes
        return _unpickle, (type(self), self._saved(), notes.keys, notes.shapes, notes.groups, notes.others)

    @property
    def _notes(self) -> TensorNotes:
        """What Python knows of the tensors."""
        tensors = self._known_tensors
        return TensorNotes.numbered(_layouts(self._pointer)) if tensors is None else TensorNotes.of(tensors)

    def _saved(self) -> bytes:
        """What the library saves of it."""
        return saved_bytes.save(OPTIMIZER, self._pointer)

    def _shaped_entries(self) -> StateDict:
        """What the library lists of that, with the arrays of tensors in their shapes."""
        return self._notes.shaped(saved_bytes.entries(self._saved()))

    def _copied_handle(self) -> Handle:
        return OPTIMIZER.made("copy", self._pointer)

    @classmethod
    def _from_saved(cls, saved: bytes, notes: TensorNotes | None = None) -> Self:
        """From what the library saved; None if nothing else is known of the tensors."""
        return cls._owning(saved_bytes.load(OPTIMIZER, saved), notes)

    @classmethod
    def _from_state(cls, state: Mapping[str, Any]) -> Self:
        """From a state dictionary."""
        reader = StateReader(state)
        notes = TensorNotes.read(reader)
        return cls._from_entries(reader.rest, notes)

    @classmethod
    def _from_entries(cls, state: Mapping[str, Array], notes: TensorNotes) -> Self:
        """From what _shaped_entries() gives, with other values perhaps."""
        count = state.get("tensors", np.array(0))
        if count.shape == () and count not in (0, len(notes.keys)):
            raise InvalidArgumentError(f"the state has {count} tensors, but {len(notes.keys)} keys")
        with saved_bytes.of_a_state():
            return cls._from_saved(saved_bytes.build(OPTIMIZER, notes.flattened(state)), notes)

    @classmethod
    def _owning(cls, handle: Handle, notes: TensorNotes | None = None) -> Self:
        """Takes over the library's object; without notes its tensors are numbered, and matrices."""
        algorithm = _BY_VALUE[library.descent_optimizer_algorithm(handle.pointer)]
        if getattr(cls, "_algorithm", algorithm) != algorithm:
            raise InvalidArgumentError(f"{algorithm.title} was saved here, not {cls._algorithm.title}")
        optimizer = object.__new__(cls._class_of(algorithm))
        optimizer._handle, optimizer._work = handle, None
        optimizer._is_averaging = False
        layouts = _layouts(handle.pointer)
        notes = notes or TensorNotes.numbered(layouts)
        optimizer._tensors = notes.tensors(layouts) if layouts or notes.keys else None
        return optimizer

    def close(self) -> None:
        """Frees the memory."""
        raise NotImplementedError

    @classmethod
    def _class_of(cls, algorithm: Algorithm) -> type[Self]:
        """The class of an optimizer with this algorithm."""
        raise NotImplementedError


def _layouts(pointer: Any) -> list[Layout]:
    """The tensors that the library knows, as matrices."""
    layouts = []
    for index in range(library.descent_optimizer_tensor_count(pointer)):
        kinds = ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int32
        rows, columns, dtype = told(library.descent_optimizer_tensor, pointer, index, of=kinds)
        layouts.append(Layout(_DTYPES[dtype], (rows, columns)))
    return layouts


def _unpickle(kind: type[SavableOptimizer], saved: bytes, *notes: Sequence[Any]) -> SavableOptimizer:
    return kind._from_saved(saved, TensorNotes(*notes) if notes else None)
