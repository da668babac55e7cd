"""descent_parameter and descent_optimizer_step_parameters() on NumPy arrays, for tests of what only C can say."""

import ctypes

import ml_dtypes
import numpy as np

from descent._c.declarations import HealthRecord, OptimizerPointer, Parameter, Tensor
from descent._c.library import library

BFLOAT16 = ml_dtypes.bfloat16
DTYPES = {np.dtype(np.float32): 1, np.dtype(np.float64): 2, np.dtype(np.float16): 4, np.dtype(BFLOAT16): 5}
BATCH = ("lbfgs", "conjugate_gradient", "sdca", "coordinate_descent")
# Decoupled weight decay apart, each algorithm as it is.
METHODS = [
    library.descent_algorithm_name(library.descent_algorithm_at(index)).decode()
    for index in range(library.descent_algorithm_count())
]
STEPPED = [name for name in METHODS if name not in BATCH]


class DescentError(Exception):
    """A status that is not DESCENT_OK, and its text."""

    def __init__(self, status):
        super().__init__(library.descent_last_error().decode())
        self.status = status


def check(status):
    if status:
        raise DescentError(status)


def parameter(values, gradient, /, **fields):
    """A struct; the arrays are to be kept alive."""
    rows, columns = values.shape if values.ndim == 2 else (1, values.size)
    struct = Parameter(
        struct_size=ctypes.sizeof(Parameter),
        values=values.ctypes.data,
        gradient=None if gradient is None else gradient.ctypes.data,
        rows=rows,
        columns=columns,
        dtype=DTYPES[values.dtype],
        gradient_dtype=DTYPES[values.dtype if gradient is None else gradient.dtype],
    )
    for name, value in fields.items():
        setattr(struct, name, value)
    return struct


class Stepper:
    """An optimizer of the C interface."""

    def __init__(self, algorithm, **options):
        number = ctypes.c_int32()
        check(library.descent_algorithm_from_name(algorithm.encode(), ctypes.byref(number)))
        self.algorithm, self.handle = number.value, OptimizerPointer()
        check(library.descent_optimizer_create(number, ctypes.byref(self.handle)))
        for name, value in options.items():
            self.set(name, value)

    def __del__(self):
        library.descent_optimizer_free(self.handle)

    def set(self, name, value, group=0):
        number = ctypes.c_int32()
        check(library.descent_option_from_name(name.encode(), ctypes.byref(number)))
        check(library.descent_optimizer_set_group(self.handle, group, number, value))

    def step(self, pairs, fields=()):
        """fields: for some of the tensors members of the struct"""
        structs = [parameter(*pair, **dict(fields).get(index, {})) for index, pair in enumerate(pairs)]
        check(
            library.descent_optimizer_step_parameters(self.handle, (Parameter * len(structs))(*structs), len(structs))
        )

    def step_tensors(self, pairs):
        """The same with descent_optimizer_step()."""
        structs = (Tensor * len(pairs))()
        for struct, (values, gradient) in zip(structs, pairs, strict=True):
            full = parameter(values, gradient)
            for name in ("values", "gradient", "rows", "columns", "dtype"):
                setattr(struct, name, getattr(full, name))
        check(library.descent_optimizer_step(self.handle, structs, len(pairs)))

    def use_average(self, arrays, use):
        structs = (Tensor * len(arrays))()
        for struct, values in zip(structs, arrays, strict=True):
            full = parameter(values, None)
            for name in ("values", "rows", "columns", "dtype"):
                setattr(struct, name, getattr(full, name))
        check(library.descent_optimizer_use_average(self.handle, structs, len(arrays), use))

    def state(self, tensor, name, dtype=np.float32, bytes_=None):
        data, count = ctypes.c_void_p(), ctypes.c_size_t()
        place = ctypes.byref(data), ctypes.byref(count)
        check(library.descent_optimizer_state(self.handle, tensor, name.encode(), *place))
        if not count.value:
            return np.empty(0, dtype)
        raw = (ctypes.c_uint8 * (bytes_ or count.value * np.dtype(dtype).itemsize)).from_address(data.value)
        return np.frombuffer(raw, dtype).copy()

    def state_dtype(self, tensor, name):
        dtype = ctypes.c_int32()
        check(library.descent_optimizer_state_dtype(self.handle, tensor, name.encode(), ctypes.byref(dtype)))
        return dtype.value

    def widened(self, tensor, name, count):
        """A state buffer as doubles, however it is stored."""
        out = np.empty(count)
        place = out.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
        check(library.descent_optimizer_widen_state(self.handle, tensor, name.encode(), place, count))
        return out

    def states(self, tensor, dtype=np.float32):
        """All state buffers that are there, by their names."""
        found, index = {}, 0
        while name := library.descent_algorithm_state_name(self.algorithm, index):
            index += 1
            try:
                found[name.decode()] = self.state(tensor, name.decode(), dtype)
            except DescentError:
                continue
        return found

    def save(self):
        size = ctypes.c_size_t()
        check(library.descent_optimizer_save_size(self.handle, ctypes.byref(size)))
        buffer = ctypes.create_string_buffer(size.value)
        check(library.descent_optimizer_save(self.handle, buffer, size, ctypes.byref(size)))
        return buffer.raw

    @classmethod
    def load(cls, saved):
        loaded = cls.__new__(cls)
        loaded.handle = OptimizerPointer()
        check(library.descent_optimizer_load(saved, len(saved), ctypes.byref(loaded.handle)))
        loaded.algorithm = library.descent_optimizer_algorithm(loaded.handle)
        return loaded

    def health(self):
        record = HealthRecord(struct_size=ctypes.sizeof(HealthRecord))
        check(library.descent_optimizer_health(self.handle, ctypes.byref(record)))
        return {name: getattr(record, name) for name, _ in HealthRecord._fields_}

    @property
    def step_count(self):
        return library.descent_optimizer_step_count(self.handle)
