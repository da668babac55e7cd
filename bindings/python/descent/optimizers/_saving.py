"""How optimizers become files, state dictionaries and pickles, and files and so on become optimizers."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar, Self

from .._c.declarations import OptimizerPointer
from .._c.errors import InvalidArgumentError, naming
from .._c.library import Handle, library
from .._c.table import Algorithm, OptionValue
from .._saving import files, saved_bytes
from .._saving.state_dicts import StateDict, StateReader
from ._lending import LendableOptimizer
from ._saved_optimizer import SavedOptimizer
from ._tensor_notes import TensorNotes, make_tensors, read_notes, shapes_of, write_notes
from ._tensors import TensorList


class SavableOptimizer(LendableOptimizer):
    """What an Optimizer consists of, and what of it has to do with saving."""

    __slots__ = ("_groups", "_is_averaging")

    _algorithm: ClassVar[Algorithm]
    _groups: dict[int, dict[str, OptionValue]]
    _is_averaging: bool

    def _require_training(self) -> None:
        if self._is_averaging:
            raise InvalidArgumentError("the training parameters would be lost: this is in the block of averaged()")

    def save(self, path: files.PathLike) -> None:
        """Writes everything but the parameters themselves to a file, as a whole or not at all.

        TypeError for a key of a tensor that is not text, a number, or a tuple of them. OSError; then a file that was
        there before is as it was.
        """
        saved = self._saved()
        notes = write_notes(self._known_tensors, SavedOptimizer.parse(saved_bytes.entries(saved)).tensors)
        files.write(path, saved_bytes.pack(notes, saved))

    @classmethod
    def load(cls, path: files.PathLike) -> Self:
        """Makes an optimizer from a file that save() wrote, or a program in C from what the library saved.

        Optimizer.load() makes one of the class that was saved; Adam.load() refuses another. From a program in C come
        tensors that are numbered, for step().

        CorruptStateError: the file was not saved so: it is cut off, altered, of something else or of a later version.
        InvalidArgumentError: it holds an optimizer of another class. OSError.
        """
        with naming(path):
            notes, (saved,) = saved_bytes.unpack(files.read(path), saved_bytes.OPTIMIZER)
            return cls._made(saved, *read_notes(notes))

    def state_dict(self) -> StateDict:
        """Everything but the parameters themselves, as a flat dict from text to NumPy arrays, which are copies.

        numpy.savez() and safetensors.numpy.save_file() can hold it. 'step_count', 'options.learning_rate', ... have no
        axes; 'tensor.0.m' is the state 'm' of the first tensor, in its shape; 'keys' is JSON: the tensors' keys.
        TypeError for a key of a tensor that JSON cannot hold.
        """
        saved = SavedOptimizer.parse(saved_bytes.entries(self._saved()))
        shapes = shapes_of(self._known_tensors, saved.tensors)
        for tensor, shape in zip(saved.tensors, shapes, strict=False):
            tensor.reshape(shape)
        return saved.to_dict() | write_notes(self._known_tensors, saved.tensors)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Takes over everything from what state_dict() of an optimizer of the same class returned.

        Options, groups, tensors and state are what they were there. InvalidArgumentError names the array that is
        missing, left over, or wrong; then nothing has changed. TypeError for what is no dict.
        """
        self._require_open()
        self._require_training()
        loaded = self._from_state(state)
        self.close()
        self._handle, self._tensors, self._groups = loaded._handle, loaded._tensors, loaded._groups
        loaded._handle = None

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A copy with its state. Its next update() may have the original's keys, or copies that were made with it.

        A copy of a key that is compared by identity is another key. Where the parameters are copied together with the
        optimizer (in the same object, in any order), they have those copies.
        """
        copied = type(self)._made(self._saved())
        # A key may refer to the optimizer.
        memo[id(self)] = copied
        tensors = self._known_tensors
        copied._tensors = None if tensors is None else tensors.deep_copy(memo)
        return copied

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles it with its state."""
        tensors = self._known_tensors
        if tensors is None:
            return _unpickle, (type(self), self._saved())
        shapes = [layout.shape for layout in tensors.layouts]
        groups = list(tensors.groups.values())
        return _unpickle, (type(self), self._saved(), tensors.keys, shapes, groups, tensors.other_keys)

    def _saved(self) -> bytes:
        """What the library saves of it."""
        return saved_bytes.save(saved_bytes.OPTIMIZER, self._pointer)

    @classmethod
    def _from_saved(cls, saved: bytes, tensors: TensorList | None = None) -> Self:
        """From what the library saved; its tensors, if it has some, are known by these keys and shapes."""
        optimizer = cls._made(saved)
        if optimizer._tensors is not None and tensors is not None:
            optimizer._tensors = tensors
        return optimizer

    @classmethod
    def _from_state(cls, state: Mapping[str, Any]) -> Self:
        """From a state dictionary."""
        reader = StateReader(state)
        notes = TensorNotes(reader)
        saved = SavedOptimizer.from_dict(reader, notes.shapes)
        reader.finish()
        with saved_bytes.of_a_state():
            return cls._made(saved.to_bytes(), *notes.all)

    @classmethod
    def _made(
        cls,
        saved: bytes,
        keys: Sequence[Hashable] | None = None,
        shapes: Sequence[tuple[int, ...]] = (),
        groups: Sequence[int] = (),
        others: Sequence[Sequence[Hashable]] = (),
    ) -> Self:
        """From what the library saved, and what Python knew of the tensors."""
        pointer = OptimizerPointer()
        entries = saved_bytes.load(saved_bytes.OPTIMIZER, saved, pointer)
        handle = Handle(pointer, library.descent_optimizer_free)
        parsed = SavedOptimizer.parse(entries)
        algorithm = parsed.algorithm
        if getattr(cls, "_algorithm", algorithm) != algorithm:
            raise InvalidArgumentError(f"{algorithm.title} was saved here, not {cls._algorithm.title}")
        optimizer = object.__new__(cls._class_of(algorithm))
        optimizer._handle, optimizer._work = handle, None
        optimizer._is_averaging = False
        optimizer._tensors = make_tensors(parsed.tensors, keys, shapes, groups, others)
        optimizer._groups = {
            group: {name: algorithm.options[name].value_of(value) for name, value in own.items()}
            for group, own in parsed.groups.items()
        }
        return optimizer

    def close(self) -> None:
        """Frees the memory."""
        raise NotImplementedError

    @classmethod
    def _class_of(cls, algorithm: Algorithm) -> type[Self]:
        """The class of an optimizer with this algorithm."""
        raise NotImplementedError


def _unpickle(kind: type[SavableOptimizer], *saved: Any) -> SavableOptimizer:
    return kind._made(*saved)
