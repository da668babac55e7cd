"""One of the library's optimizers, and the parameters that it steps where they are."""

import ctypes
import operator
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .._c.declarations import Parameter
from .._c.declarations import Tensor as TensorStruct
from .._c.errors import check
from .._c.library import library, step_parameters
from ..pytorch._forms import Form
from . import _settings
from ._settings import Settings
from ._tensors import DTYPES, RECORD, Place, SomeRows

# As functions to map: the steps of many small tensors consist of little else.
_gradient_of = operator.attrgetter("grad")
_dtype_of = operator.attrgetter("dtype")
_shape_of = operator.attrgetter("shape")
_address_of: Callable[[Tensor], int] = Tensor.data_ptr
_count_of: Callable[[Tensor], int] = Tensor.numel
_strides_of: Callable[[Tensor], tuple[int, ...]] = Tensor.stride
_is_contiguous: Callable[[Tensor], bool] = Tensor.is_contiguous


class RearrangedError(Exception):
    """A parameter has other memory now, whose elements lie otherwise."""


@dataclass(frozen=True)
class Member:
    """A parameter: what messages call it, and the number of its group."""

    parameter: Tensor
    name: str
    group: int


class Engine:
    """Parameters that are stepped together, in the order in which they joined: each with its first gradient."""

    def __init__(self, form: Form, settings: Settings) -> None:
        """It has no parameters yet, and no groups."""
        self.form, self.algorithm = form, settings.algorithm
        self.handle = _settings.make(settings, form.words())
        # Whether tensors outside look at the library's memory, which joining would free.
        self.is_shown = False
        self.members: list[Member] = []
        self.places: list[Place] = []
        self._by_rows = _tells_rows(settings)
        self._options: dict[int, _settings.Options] = {}
        self._records = np.zeros(0, RECORD)
        self._parameters: list[Tensor] = []
        self._forget_addresses()
        self.forget_gradients()

    def set_options(self, group: int, settings: Settings) -> None:
        """Gives a group its options; those that it has already cost nothing."""
        _settings.set_own(self.handle, group, settings, self._options.get(group, {}), self.form.words())
        self._options[group] = settings.own

    def join(self, members: Sequence[Member]) -> None:
        """Takes parameters in, behind those that are there."""
        if not members:
            return
        places = [
            Place.of(member.parameter, member.name, self._by_rows, _is_sparse(member.parameter.grad))
            for member in members
        ]
        records = np.concatenate([self._records, np.zeros(len(members), RECORD)])
        for record, member, place in zip(records[len(self.members) :], members, places, strict=True):
            place.describe(record)
            record["group"] = member.group
        records["gradient_dtype"] = records["dtype"]
        self.members += members
        self.places += places
        self._records = records
        self._record_address = records.ctypes.data
        self._parameters = [member.parameter for member in self.members]
        self._packed = struct.Struct(f"{len(self.members)}Q")
        self._are_copied = any(place.is_copied for place in self.places)
        self._are_contiguous = all(map(_is_contiguous, self._parameters))
        self._counts = list(map(_count_of, self._parameters))
        self._shapes = [place.shape for place in self.places]
        self._strides = [place.strides for place in self.places]
        self._dtypes = [place.dtype for place in self.places]
        self._gradient_dtypes = self._dtypes
        self._forget_addresses()
        self.forget_gradients()

    def forget_gradients(self) -> None:
        """Holds none of the gradients of the last step any longer."""
        # Those that came twice: whoever gets new ones in each step need not wait for memory.
        self._gradients: list[Tensor | None] = []
        self._are_direct = False

    def step(self) -> None:
        """Steps all parameters that have a gradient, and that are known to be where they were."""
        if not self._parameters:
            return
        gradients = list(map(_gradient_of, self._parameters))
        if len(gradients) != len(self._gradients) or not all(map(operator.is_, gradients, self._gradients)):
            self._gradients = []
            self._are_direct = not self._are_copied and self._fit(gradients)
        if self._are_direct:
            if not self._write("gradient", list(map(_address_of, gradients))):
                self._gradients = gradients
            self._advance()
            torch.autograd.graph.increment_version(self._parameters)
        else:
            with self._arranged(gradients):
                self._advance()

    def prepare(self) -> None:
        """Makes the state of all parameters without a step."""
        self.require_as_it_was()
        with self._arranged([None] * len(self._parameters)):
            records = ctypes.cast(self._record_address, ctypes.POINTER(Parameter))
            status = library.descent_optimizer_prepare(self.handle.pointer, records, len(self._parameters))
            check(status, self._words())

    def use_average(self, use: bool) -> None:
        """Puts the averages into the parameters, or the training ones back."""
        self.require_as_it_was()
        with self._arranged([None] * len(self._parameters)):
            structs = (TensorStruct * len(self._parameters))()
            for struct, record in zip(structs, self._records, strict=True):
                for name in ("values", "rows", "columns", "dtype"):
                    setattr(struct, name, int(record[name]))
            status = library.descent_optimizer_use_average(self.handle.pointer, structs, len(structs), use)
            check(status, self._words())

    def _advance(self) -> None:
        status = step_parameters(self.handle.address, self._record_address, len(self._parameters))
        if status:
            check(status, self._words())

    def _words(self) -> dict[str, str]:
        tensors = {f"tensor {index}: ": f"{member.name}: " for index, member in enumerate(self.members)}
        return tensors | self.form.words() | {"row_indices: ": "a sparse gradient: "}

    def _fit(self, gradients: list[Tensor]) -> bool:
        """Whether the library can read these gradients where they are."""
        try:
            dtypes = list(map(_dtype_of, gradients))
            if dtypes != self._gradient_dtypes:
                # Float32 parameters may have gradients of low precision.
                self._records["gradient_dtype"] = [DTYPES[dtype] for dtype in dtypes]
                self._gradient_dtypes = dtypes
            if self._are_contiguous:
                return all(map(_is_contiguous, gradients)) and list(map(_count_of, gradients)) == self._counts
            return (
                list(map(_strides_of, gradients)) == self._strides and list(map(_shape_of, gradients)) == self._shapes
            )
        except (AttributeError, KeyError, RuntimeError):  # one that is None, of another type, or sparse
            return False

    def require_as_it_was(self) -> None:
        """Writes the parameters' addresses. RearrangedError if the elements of one lie otherwise than they did."""
        addresses = list(map(_address_of, self._parameters))
        if addresses == self._addresses.get("values", []):
            return
        for member, place in zip(self.members, self.places, strict=True):
            if Place.of(member.parameter, member.name, self._by_rows, place.in_rows) != place:
                raise RearrangedError
        self._write("values", addresses)

    def _forget_addresses(self) -> None:
        self._addresses: dict[str, list[int]] = {}

    def _write(self, column: str, addresses: list[int]) -> bool:
        """Writes them unless they are there; returns whether they were not."""
        if addresses == self._addresses.get(column):
            return False
        # Several times faster than a list for NumPy.
        self._records[column] = np.frombuffer(self._packed.pack(*addresses), np.uint64)
        self._addresses[column] = addresses
        return True

    @contextmanager
    def _arranged(self, gradients: Sequence[Tensor | None]) -> Iterator[None]:
        """Has copies of what the library cannot see as it is; what it writes to them goes back."""
        held: list[Any] = []
        copies: list[tuple[Tensor, Tensor]] = []
        with torch.no_grad():
            try:
                for index, (member, place, gradient) in enumerate(
                    zip(self.members, self.places, gradients, strict=True)
                ):
                    if place.is_copied:
                        copies.append((member.parameter, place.like(place.dtype).copy_(member.parameter)))
                        self._records[index]["values"] = copies[-1][1].data_ptr()
                    held.append(self._place_gradient(index, gradient))
                yield
                for parameter, copy in copies:
                    parameter.copy_(copy)
                direct = [
                    parameter
                    for parameter, place, gradient in zip(self._parameters, self.places, gradients, strict=True)
                    if gradient is not None and not place.is_copied
                ]
                torch.autograd.graph.increment_version(direct)
            finally:
                for name in ("row_indices", "row_count", "gradient"):
                    self._records[name] = 0
                self._records["gradient_dtype"] = self._records["dtype"]
                self._gradient_dtypes = self._dtypes
                self._forget_addresses()

    def _place_gradient(self, index: int, gradient: Tensor | None) -> Any:
        """Says where a gradient is; returns what must stay alive until the step is made."""
        record, place = self._records[index], self.places[index]
        record["gradient"] = 0
        if gradient is None:
            return None
        if _is_sparse(gradient):
            rows = SomeRows(gradient, place, self.members[index].name)
            record["row_indices"], record["row_count"] = rows.indices.data_ptr(), len(rows.indices)
            record["gradient"] = rows.values.data_ptr()
            record["gradient_dtype"] = DTYPES[rows.values.dtype]
            return rows
        laid_out = place.laid_out(gradient, self.members[index].name)
        record["gradient"] = laid_out.data_ptr()
        record["gradient_dtype"] = DTYPES.get(laid_out.dtype, 0)
        return laid_out


def _is_sparse(gradient: Tensor | None) -> bool:
    return gradient is not None and gradient.layout == torch.sparse_coo


def _tells_rows(settings: Settings) -> bool:
    """Whether a method sees rows and columns, and not elements or sums of them all."""
    algorithm, options = settings.algorithm, settings.all
    of_matrices = any(algorithm.is_of_matrices(name) for name in algorithm.state_names)
    return of_matrices or any(options.get(name, 0) != 0 for name in ("centralize", "adaptive_clip"))
