"""An optimizer and a classifier behind the C interface, whose saved bytes are compared before and after a call."""

import ctypes

import numpy as np
from c_calls import sized

from descent._c.declarations import ClassifierPointer, Dataset, FitOptions, OptimizerPointer, ProgressFunction, Tensor
from descent._c.library import library

SGD, MOMENTUM, NESTEROV, ADAGRAD, RMSPROP, ADAM = range(1, 7)
FLOAT32, FLOAT64 = 1, 2
OK, NULL_POINTER, INVALID, SHAPE, NOT_FINITE, UNSUPPORTED, CANCELLED = 0, 1, 2, 4, 5, 8, 9
LEARNING_RATE, MOMENTUM_DECAY, EPSILON, WEIGHT_DECAY, CLIP_NORM, POLICY = 1, 2, 5, 7, 21, 24
TRACK_HEALTH, DIALECT, CENTERED, AMSGRAD, INITIAL_ACCUMULATOR = 25, 40, 42, 43, 45
PROPAGATE, REFUSE, SKIP = range(3)
REFUSING, CLIPPING, TRACKING = (POLICY, REFUSE), (CLIP_NORM, 0.5), (TRACK_HEALTH, 1)


class Bench:
    """An optimizer, fresh or after three steps, and what it is stepped with: tensors of 4 and of 3 numbers."""

    def __init__(self, algorithm, steps, options=(), dtype=np.float32):
        self.handle = OptimizerPointer()
        assert library.descent_optimizer_create(algorithm, ctypes.byref(self.handle)) == OK
        late = EPSILON, LEARNING_RATE, WEIGHT_DECAY
        self.set_all(option for option in options if option[0] not in late)
        self.values = [np.linspace(-1, 1, count).astype(dtype) for count in (4, 3)]
        self.gradients = [np.linspace(2, 1, count).astype(dtype) for count in (4, 3)]
        self.is_fresh = steps == 0
        for _ in range(steps):
            assert self.step() == OK
        # What makes a step fail comes after those that are made.
        self.set_all(option for option in options if option[0] in late)

    def set_all(self, options):
        for option, value in options:
            assert self.set(option, value) == OK

    def close(self):
        library.descent_optimizer_free(self.handle)

    def set(self, option, value):
        return library.descent_optimizer_set(self.handle, option, value)

    def tensors(self):
        dtype = FLOAT32 if self.values[0].dtype == np.float32 else FLOAT64
        pairs = zip(self.values, self.gradients, strict=True)
        return (Tensor * 2)(*(Tensor(w.ctypes.data, g.ctypes.data, 1, len(w), dtype, 0) for w, g in pairs))

    def step(self, change=None, count=2):
        tensors = self.tensors()
        if change:
            change(tensors)
        return library.descent_optimizer_step(self.handle, tensors, count)

    def state(self):
        """All that may not change. A fresh optimizer is not bound to shapes: that is among its saved bytes."""
        size = ctypes.c_size_t()
        assert library.descent_optimizer_save_size(self.handle, ctypes.byref(size)) == OK
        buffer = ctypes.create_string_buffer(size.value)
        assert library.descent_optimizer_save(self.handle, buffer, size, ctypes.byref(size)) == OK
        return buffer.raw, [values.tobytes() for values in self.values]

    def is_unbound(self):
        """Whether it takes other tensors, and another dialect."""
        values, gradient = np.ones(7), np.ones(7)
        tensors = (Tensor * 1)(Tensor(values.ctypes.data, gradient.ctypes.data, 7, 1, FLOAT64, 0))
        assert self.set(LEARNING_RATE, 0.1) == OK
        return self.set(DIALECT, 1) == OK and library.descent_optimizer_step(self.handle, tensors, 1) == OK


def check(bench, action, expected):
    before = bench.state()
    status = action(bench)
    assert status == expected if expected is not None else status != OK, library.descent_last_error()
    assert bench.state() == before
    if bench.is_fresh:
        assert bench.is_unbound()
    bench.close()


class Training:
    """A classifier of 4 features and 3 classes, and data for it."""

    def __init__(self):
        random = np.random.default_rng(3)
        self.features = random.normal(size=(9, 4)).astype(np.float32)
        self.labels = (np.arange(9) % 3).astype(np.int32)
        self.handle = ClassifierPointer()
        assert library.descent_classifier_create(4, 3, 1, ctypes.byref(self.handle)) == OK

    def data(self, rows=9):
        labels = self.labels.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
        return sized(
            Dataset, dtype=FLOAT32, features=self.features.ctypes.data, labels=labels, samples=rows, dimension=4
        )

    def run(self, function, bench, *, rows=9, progress=None, **fields):
        data, options = self.data(rows), FitOptions()
        library.descent_fit_options_init(ctypes.byref(options))
        data.scale = 1.0
        options.epochs, options.batch_size = 2, 4
        for name, value in fields.items():
            setattr(options, name, value)
        watch = ProgressFunction(progress) if progress else ProgressFunction()
        return function(self.handle, bench.handle, ctypes.byref(data), ctypes.byref(options), watch, None)

    def state(self):
        size = ctypes.c_size_t()
        assert library.descent_classifier_save_size(self.handle, ctypes.byref(size)) == OK
        buffer = ctypes.create_string_buffer(size.value)
        assert library.descent_classifier_save(self.handle, buffer, size, ctypes.byref(size)) == OK
        return buffer.raw
