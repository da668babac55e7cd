"""One right call of every C function that can fail, made wrong by replacing single arguments or fields."""

import ctypes
import re

import header
import numpy as np

from descent._c.declarations import (
    ClassifierPointer,
    Communicator,
    Dataset,
    FitOptions,
    FitResult,
    GradientComparison,
    HealthRecord,
    ObjectiveFunction,
    OptimizerPointer,
    ParallelFor,
    Parameter,
    ProgressFunction,
    RangeOptions,
    RegressorPointer,
    SamplerPointer,
    SavedEntry,
    SearchOptions,
    SearchOutcome,
    StopCriteria,
    Tensor,
)
from descent._c.library import library

INT32_POINTER = ctypes.POINTER(ctypes.c_int32)
FLOAT_POINTER = ctypes.POINTER(ctypes.c_float)

ADAM, LEARNING_RATE, FLOAT32, FLOAT64, SOFTMAX, SQUARED_ERROR, HUBER = 3 + 3, 1, 1, 2, 1, 20, 22
SCHEDULE_FREE_ADAMW = 26
SAMPLES, DIMENSION, CLASSES = 6, 4, 3
CENTRAL, GLOBAL, SHUFFLE, HE_NORMAL, GROUP = 2, 1, 1, 6, 7
CAPACITY, ENTRIES = 4096, 16
MODELS = ("classifier", "regressor")
SAVED = ("optimizer", "sampler", *MODELS)


def bowl(n, x, gradient, context):
    """An objective: half the sum of squares."""
    for index in range(n if gradient else 0):
        gradient[index] = x[index]
    return sum(x[index] ** 2 for index in range(n)) / 2


class World:
    """Handles, buffers and structs for one call, and a way to see whether anything of them has changed."""

    def __init__(self):
        random = np.random.default_rng(11)
        self.arrays = {
            "values": random.normal(size=(3, 4)).astype(np.float32),
            "gradient": random.normal(size=(3, 4)).astype(np.float32),
            # With room behind them: read as doubles they must not reach into each other.
            "bias": random.normal(size=50).astype(np.float32)[:5],
            "bias gradient": random.normal(size=50).astype(np.float32)[:5],
            "features": random.normal(size=(SAMPLES, DIMENSION)).astype(np.float32),
            "labels": (np.arange(SAMPLES) % CLASSES).astype(np.int32),
            "scores": random.normal(size=(SAMPLES, CLASSES)).astype(np.float32),
            "targets": random.uniform(size=(SAMPLES, CLASSES)).astype(np.float32),
            "slopes": np.full((SAMPLES, CLASSES), 77, np.float32),
            "weight gradient": np.full((DIMENSION, CLASSES), 78, np.float32),
            "predicted": np.full(SAMPLES, 79, np.int32),
            "exact weights": np.full((DIMENSION, CLASSES), 85.0),
            "exact bias": np.full(CLASSES, 86.0),
            "point": np.array([1.0, -2.0, 3.0]),
            "point gradient": np.full(3, 80.0),
            "rates": np.full(8, 81.0),
            "lower": np.full(3, -90.0),
            "upper": np.full(3, 90.0),
            "losses": np.full(8, 82.0),
            "widened": np.full(5, 85.0),
            "sample weights": np.arange(1.0, SAMPLES + 1),
            "indices": np.full(SAMPLES, 83, np.uintp),
            "buffer": np.full(CAPACITY, 84, np.uint8),
        }
        self.tensors = (Tensor * 2)(self._tensor("values", "gradient"), self._tensor("bias", "bias gradient"))
        self.parameters = (Parameter * 2)(*map(self._parameter, self.tensors))
        self.data = Dataset(
            ctypes.sizeof(Dataset),
            FLOAT32,
            self.arrays["features"].ctypes.data,
            self.arrays["labels"].ctypes.data_as(INT32_POINTER),
            SAMPLES,
            DIMENSION,
            1.0,
            0.0,
            self.arrays["targets"].ctypes.data,
            FLOAT32,
        )
        self.options = FitOptions()
        library.descent_fit_options_init(ctypes.byref(self.options))
        self.options.epochs = 1
        # Sentinels in what would receive a result.
        self.doubles = (ctypes.c_double * 3)(-101, -102, -103)
        self.number = ctypes.c_int32(-104)
        self.address, self.size = ctypes.c_void_p(105), ctypes.c_size_t(106)
        self.other_size = ctypes.c_size_t(107)
        self.epoch = ctypes.c_uint64(107)
        self.pointers = [FLOAT_POINTER(), FLOAT_POINTER(), OptimizerPointer(), ClassifierPointer(), SamplerPointer()]
        self.pointers.append(RegressorPointer())
        self.stop = sized(StopCriteria, max_steps=3)
        self.range_options = sized(RangeOptions, steps=8, minimum=1e-3, maximum=10)
        self.search_options = sized(SearchOptions, mode=GLOBAL, trials=3, seed=1, scale=1)
        self.results = [sized(kind) for kind in (HealthRecord, SearchOutcome, GradientComparison, FitResult)]
        self.objective = ObjectiveFunction(bowl)
        self.progress = ProgressFunction(lambda report, context: 0)
        self.optimizer, self.fresh_optimizer = self._optimizer(), self._optimizer()
        require_ok(library.descent_optimizer_step(self.optimizer, self.tensors, 2))
        require_ok(library.descent_optimizer_set_group(self.optimizer, GROUP, LEARNING_RATE, 0.25))
        # One that has averages.
        self.averaging = OptimizerPointer()
        require_ok(library.descent_optimizer_create(SCHEDULE_FREE_ADAMW, ctypes.byref(self.averaging)))
        require_ok(library.descent_optimizer_step(self.averaging, self.tensors, 2))
        self.sampler = SamplerPointer()
        require_ok(library.descent_sampler_create(SAMPLES, 2, SHUFFLE, None, 1, ctypes.byref(self.sampler)))
        self.classifier = ClassifierPointer()
        require_ok(
            library.descent_classifier_create(DIMENSION, CLASSES, SOFTMAX, ctypes.byref(self.classifier)),
        )
        require_ok(library.descent_classifier_initialize(self.classifier, 0.5, 1))
        self.regressor = RegressorPointer()
        require_ok(library.descent_regressor_create(DIMENSION, CLASSES, HUBER, ctypes.byref(self.regressor)))
        # A fit that is complete: there is one to be resumed, with more epochs.
        self.trainers = {}
        place = ctypes.byref(self.data), ctypes.byref(self.options)
        for kind in MODELS:
            self.trainers[kind] = self._optimizer()
            fit, model = getattr(library, f"descent_{kind}_fit"), getattr(self, kind)
            require_ok(fit(model, self.trainers[kind], *place, ProgressFunction(), None))
        self.saved_sizes = {}
        for kind in SAVED:
            # All of the same length, so that one may stand in another's place.
            saved = np.frombuffer(self._saved(kind), np.uint8)
            self.saved_sizes[kind] = len(saved)
            self.arrays[f"saved {kind}"] = np.pad(saved, (0, CAPACITY - len(saved)))
        self.arrays["entry name"] = np.frombuffer(b"step_count\0", np.uint8).copy()
        self.entries = (SavedEntry * ENTRIES)()
        for entry in self.entries:
            entry.struct_size, entry.dtype, entry.rows, entry.columns = ctypes.sizeof(SavedEntry), FLOAT64, 1, 1
            entry.name = ctypes.cast(self.array("entry name"), ctypes.c_char_p)
            entry.data = ctypes.addressof(self.doubles)

    def close(self):
        """Frees the handles, those too that a call made."""
        optimizers = [self.optimizer, self.fresh_optimizer, self.averaging, self.pointers[2]]
        for optimizer in (*optimizers, *self.trainers.values()):
            library.descent_optimizer_free(optimizer)
        for classifier in (self.classifier, self.pointers[3]):
            library.descent_classifier_free(classifier)
        for regressor in (self.regressor, self.pointers[5]):
            library.descent_regressor_free(regressor)
        for sampler in (self.sampler, self.pointers[4]):
            library.descent_sampler_free(sampler)

    def array(self, name):
        """The address of an array."""
        return self.arrays[name].ctypes.data

    def snapshot(self):
        """Every byte that a failing call must leave alone."""
        plain = [
            self.tensors,
            self.parameters,
            self.data,
            self.options,
            self.doubles,
            self.number,
            self.address,
            self.size,
            self.other_size,
        ]
        plain += [self.epoch, self.stop, self.range_options, self.search_options, self.entries, *self.results]
        return [
            *(array.tobytes() for array in self.arrays.values()),
            *(bytes(memory) for memory in plain),
            *(bytes(pointer) for pointer in self.pointers),
            *map(self._optimizer_bytes, (self.optimizer, self.fresh_optimizer)),
            self._classifier_bytes(),
            self._sampler_place(),
            *map(self._saved, SAVED),
        ]

    def _saved(self, kind):
        handle, size = getattr(self, kind), ctypes.c_size_t()
        require_ok(getattr(library, f"descent_{kind}_save_size")(handle, ctypes.byref(size)))
        buffer = ctypes.create_string_buffer(size.value)
        require_ok(getattr(library, f"descent_{kind}_save")(handle, buffer, size, ctypes.byref(size)))
        return buffer.raw

    def _tensor(self, values, gradient):
        array = self.arrays[values]
        rows, columns = array.shape if array.ndim == 2 else (1, len(array))
        return Tensor(self.array(values), self.array(gradient), rows, columns, FLOAT32, 0)

    @staticmethod
    def _parameter(tensor):
        same = {name: getattr(tensor, name) for name in ("values", "gradient", "rows", "columns", "dtype", "group")}
        return sized(Parameter, gradient_dtype=tensor.dtype, **same)

    def _sampler_place(self):
        epoch, batch = ctypes.c_uint64(), ctypes.c_size_t()
        require_ok(library.descent_sampler_position(self.sampler, ctypes.byref(epoch), ctypes.byref(batch)))
        return epoch.value, batch.value, library.descent_sampler_batches(self.sampler)

    @staticmethod
    def _optimizer():
        optimizer = OptimizerPointer()
        require_ok(library.descent_optimizer_create(ADAM, ctypes.byref(optimizer)))
        return optimizer

    @staticmethod
    def _optimizer_bytes(optimizer):
        seen = [library.descent_optimizer_step_count(optimizer)]
        value, data, count = ctypes.c_double(), ctypes.c_void_p(), ctypes.c_size_t()
        for index in range(library.descent_option_count()):
            option = library.descent_option_at(index)
            if library.descent_optimizer_get(optimizer, option, ctypes.byref(value)) == 0:
                seen.append((option, value.value))
        if library.descent_optimizer_get_group(optimizer, GROUP, LEARNING_RATE, ctypes.byref(value)) == 0:
            seen.append(value.value)
        require_ok(library.descent_optimizer_learning_rate(optimizer, ctypes.byref(value)))
        seen.append(value.value)
        for tensor in range(2):
            for name in (b"m", b"v"):
                place = ctypes.byref(data), ctypes.byref(count)
                if library.descent_optimizer_state(optimizer, tensor, name, *place) == 0:
                    seen.append(ctypes.string_at(data, 4 * count.value))
        return seen

    def _classifier_bytes(self):
        weights, bias = FLOAT_POINTER(), FLOAT_POINTER()
        require_ok(library.descent_classifier_parameters(self.classifier, ctypes.byref(weights), ctypes.byref(bias)))
        loss = ctypes.c_double()
        require_ok(
            library.descent_classifier_evaluate(
                self.classifier, ctypes.byref(self._own_data()), ctypes.byref(loss), None
            )
        )
        return ctypes.string_at(weights, 4 * DIMENSION * CLASSES), ctypes.string_at(bias, 4 * CLASSES), loss.value

    def _own_data(self):
        """A data set that a test has not made wrong: what the classifier loses on it shows l2 too."""
        features, labels = np.ones((2, DIMENSION), np.float32), np.zeros(2, np.int32)
        data = Dataset(
            ctypes.sizeof(Dataset),
            FLOAT32,
            features.ctypes.data,
            labels.ctypes.data_as(INT32_POINTER),
            2,
            DIMENSION,
            1,
            0,
        )
        data.borrowed = features, labels
        return data


def sized(kind, **fields):
    """A struct that says its own size."""
    return kind(struct_size=ctypes.sizeof(kind), **fields)


def require_ok(status):
    assert status == 0, library.descent_last_error()


def _double(world, index):
    return ctypes.cast(ctypes.addressof(world.doubles) + 8 * index, ctypes.POINTER(ctypes.c_double))


def _doubles(world, name):
    return world.arrays[name].ctypes.data_as(ctypes.POINTER(ctypes.c_double))


def _sizes(world, name):
    return world.arrays[name].ctypes.data_as(ctypes.POINTER(ctypes.c_size_t))


def _function(world):
    """The arguments of a function of one's own: n, x, objective, context."""
    return 3, _doubles(world, "point"), world.objective, None


def _labels(world, name):
    return world.arrays[name].ctypes.data_as(INT32_POINTER)


def _floats(world, name):
    return world.arrays[name].ctypes.data_as(FLOAT_POINTER)


# One process, which has nobody to exchange anything with.
_ALONE = Communicator(struct_size=ctypes.sizeof(Communicator), size=1)

# The arguments of a right call, in order.
RIGHT = {
    "descent_set_thread_count": lambda w: [library.descent_thread_count()],
    "descent_set_parallel_for": lambda w: [ParallelFor(), None],
    "descent_optimizer_create": lambda w: [ADAM, ctypes.pointer(w.pointers[2])],
    "descent_optimizer_set": lambda w: [w.optimizer, LEARNING_RATE, 0.5],
    "descent_optimizer_get": lambda w: [w.optimizer, LEARNING_RATE, _double(w, 0)],
    "descent_optimizer_step": lambda w: [w.optimizer, w.tensors, 2],
    "descent_optimizer_step_parameters": lambda w: [w.optimizer, w.parameters, 2],
    "descent_optimizer_use_average": lambda w: [w.averaging, w.tensors, 2, True],
    "descent_optimizer_reset": lambda w: [w.optimizer],
    "descent_optimizer_state": lambda w: [w.optimizer, 1, b"m", ctypes.pointer(w.address), ctypes.pointer(w.size)],
    "descent_optimizer_state_dtype": lambda w: [w.optimizer, 1, b"m", ctypes.pointer(w.number)],
    "descent_optimizer_widen_state": lambda w: [w.optimizer, 1, b"m", _doubles(w, "widened"), 5],
    "descent_optimizer_narrow_state": lambda w: [w.optimizer, 1, b"m", _doubles(w, "widened"), 5],
    "descent_optimizer_set_tensor_number": lambda w: [w.optimizer, 1, 0, b"step_count", 7.0],
    "descent_optimizer_prepare": lambda w: [w.optimizer, w.parameters, 2],
    "descent_optimizer_tensor_number": lambda w: [w.optimizer, 1, 0, b"step_count", _double(w, 0)],
    "descent_optimizer_state_shape": lambda w: [
        w.optimizer,
        1,
        b"m",
        ctypes.pointer(w.size),
        ctypes.pointer(w.other_size),
    ],
    "descent_optimizer_tensor": lambda w: [
        *(w.optimizer, 1, ctypes.pointer(w.size), ctypes.pointer(w.other_size), ctypes.pointer(w.number)),
    ],
    "descent_algorithm_from_name": lambda w: [b"adam", ctypes.pointer(w.number)],
    "descent_option_from_name": lambda w: [b"beta1", ctypes.pointer(w.number)],
    "descent_option_range": lambda w: [ADAM, LEARNING_RATE, *(_double(w, i) for i in range(3))],
    "descent_algorithm_state_shape": lambda w: [ADAM, 1, 3, 4, ctypes.pointer(w.size), ctypes.pointer(w.other_size)],
    "descent_loss_classify": lambda w: [
        *(SOFTMAX, FLOAT32, SAMPLES, CLASSES),
        *(w.array("scores"), _labels(w, "labels"), w.array("slopes"), _double(w, 0)),
    ],
    "descent_loss_regress": lambda w: [
        *(SQUARED_ERROR, FLOAT32, SAMPLES, CLASSES),
        *(w.array("scores"), w.array("targets"), w.array("slopes"), _double(w, 0)),
    ],
    "descent_loss_regress_with": lambda w: [
        *(HUBER, 0.5, FLOAT32, SAMPLES, CLASSES),
        *(w.array("scores"), w.array("targets"), w.array("slopes"), _double(w, 0)),
    ],
    "descent_loss_parameter_range": lambda w: [HUBER, *(_double(w, i) for i in range(3))],
    "descent_communicator_sum": lambda w: [ctypes.pointer(_ALONE), 1, w.array("values"), 12],
    "descent_dataset_check": lambda w: [ctypes.pointer(w.data), CLASSES],
    "descent_loss_from_name": lambda w: [b"huber", ctypes.pointer(w.number)],
    "descent_regressor_create": lambda w: [DIMENSION, CLASSES, HUBER, ctypes.pointer(w.pointers[5])],
    "descent_regressor_set_loss_parameter": lambda w: [w.regressor, 0.5],
    "descent_classifier_create_binary": lambda w: [DIMENSION, SOFTMAX, ctypes.pointer(w.pointers[3])],
    "descent_classifier_create": lambda w: [DIMENSION, CLASSES, SOFTMAX, ctypes.pointer(w.pointers[3])],
    "descent_optimizer_set_group": lambda w: [w.optimizer, GROUP, LEARNING_RATE, 0.5],
    "descent_optimizer_get_group": lambda w: [w.optimizer, GROUP, LEARNING_RATE, _double(w, 0)],
    "descent_optimizer_learning_rate": lambda w: [w.optimizer, _double(w, 0)],
    "descent_optimizer_report_loss": lambda w: [w.optimizer, 0.5],
    "descent_optimizer_health": lambda w: [w.optimizer, ctypes.pointer(w.results[0])],
    "descent_minimize": lambda w: [
        *(w.fresh_optimizer, *_function(w), ctypes.pointer(w.stop), w.progress, None),
        ctypes.pointer(w.results[1]),
    ],
    "descent_minimize_numerically": lambda w: [
        *(w.fresh_optimizer, *_function(w), CENTRAL, 0.0, ctypes.pointer(w.stop), w.progress, None),
        ctypes.pointer(w.results[1]),
    ],
    "descent_minimize_bounded": lambda w: [
        *(w.fresh_optimizer, *_function(w)[:2], _doubles(w, "lower"), _doubles(w, "upper"), *_function(w)[2:]),
        *(ctypes.pointer(w.stop), w.progress, None, ctypes.pointer(w.results[1])),
    ],
    "descent_minimize_bounded_numerically": lambda w: [
        *(w.fresh_optimizer, *_function(w)[:2], _doubles(w, "lower"), _doubles(w, "upper"), *_function(w)[2:]),
        *(CENTRAL, 0.0, ctypes.pointer(w.stop), w.progress, None, ctypes.pointer(w.results[1])),
    ],
    "descent_learning_rate_range": lambda w: [
        *(w.fresh_optimizer, *_function(w), ctypes.pointer(w.range_options)),
        *(_doubles(w, "rates"), _doubles(w, "losses"), ctypes.pointer(w.size), _double(w, 0)),
    ],
    "descent_numeric_gradient": lambda w: [*_function(w), CENTRAL, 0.0, _doubles(w, "point gradient")],
    "descent_gradient_check": lambda w: [*_function(w), 0.0, ctypes.pointer(w.results[2])],
    "descent_gradient_check_subset": lambda w: [*_function(w), 0.0, 2, 1, ctypes.pointer(w.results[2])],
    "descent_random_search": lambda w: [
        *(*_function(w), ctypes.pointer(w.search_options), w.progress, None),
        ctypes.pointer(w.results[1]),
    ],
    "descent_sampler_create": lambda w: [
        *(SAMPLES, 2, SHUFFLE, _labels(w, "labels"), 1, ctypes.pointer(w.pointers[4])),
    ],
    "descent_sampler_create_weighted": lambda w: [
        *(SAMPLES, 2, _doubles(w, "sample weights"), 1, ctypes.pointer(w.pointers[4])),
    ],
    "descent_sampler_set_drop_last": lambda w: [w.sampler, 1],
    "descent_sampler_next": lambda w: [w.sampler, _sizes(w, "indices"), ctypes.pointer(w.size)],
    "descent_sampler_position": lambda w: [w.sampler, ctypes.pointer(w.epoch), ctypes.pointer(w.size)],
    "descent_sampler_seek": lambda w: [w.sampler, 5, 2],
    "descent_initialize": lambda w: [HE_NORMAL, FLOAT32, 3, 4, 1.0, 1, w.array("values")],
}


def _of_model(kind):
    """The functions that all models have."""

    def place(w):
        return getattr(w, kind), ctypes.pointer(w.data)

    def predicted(w):
        return _labels(w, "predicted") if kind == "classifier" else _floats(w, "slopes")

    functions = {
        "set_l2": lambda w: [getattr(w, kind), 0.5],
        "initialize": lambda w: [getattr(w, kind), 0.5, 7],
        "fit": lambda w: [*(getattr(w, kind), w.fresh_optimizer, *_fit(w))],
        "resume": lambda w: [*(getattr(w, kind), w.trainers[kind], *_fit(w))],
        "fit_result": lambda w: [getattr(w, kind), ctypes.pointer(w.results[3])],
        "choose_optimizer": lambda w: [*place(w), ctypes.pointer(w.options), ctypes.pointer(w.pointers[2])],
        "learning_rate_range": lambda w: [
            *(getattr(w, kind), w.optimizer, ctypes.pointer(w.data), ctypes.pointer(w.options)),
            *(ctypes.pointer(w.range_options), _doubles(w, "rates"), _doubles(w, "losses")),
            *(ctypes.pointer(w.size), _double(w, 0)),
        ],
        "evaluate": lambda w: [*place(w), _double(w, 0), _double(w, 1)],
        "loss_gradient": lambda w: [
            *(*place(w), _double(w, 0), _floats(w, "weight gradient"), _floats(w, "bias gradient")),
        ],
        "scores": lambda w: [*place(w), _floats(w, "slopes")],
        "predict": lambda w: [*place(w), predicted(w)],
        "parameters": lambda w: [getattr(w, kind), ctypes.pointer(w.pointers[0]), ctypes.pointer(w.pointers[1])],
        "exact_parameters": lambda w: [
            *(getattr(w, kind), _doubles(w, "exact weights"), _doubles(w, "exact bias")),
        ],
        "gradient_check": lambda w: [*place(w), 0.0, 0, 1, ctypes.pointer(w.results[2])],
        "random_search": lambda w: [
            *(*place(w), ctypes.pointer(w.search_options), w.progress, None, ctypes.pointer(w.results[1])),
        ],
    }
    return {f"descent_{kind}_{name}": function for name, function in functions.items()}


def _fit(world):
    return ctypes.pointer(world.data), ctypes.pointer(world.options), world.progress, None


for _kind in MODELS:
    RIGHT |= _of_model(_kind)
for _kind, _made in (("optimizer", 2), ("sampler", 4), ("classifier", 3), ("regressor", 5)):
    RIGHT |= {
        f"descent_{_kind}_save_size": lambda w, kind=_kind: [getattr(w, kind), ctypes.pointer(w.size)],
        f"descent_{_kind}_save": lambda w, kind=_kind: [
            *(getattr(w, kind), w.array("buffer"), CAPACITY, ctypes.pointer(w.size)),
        ],
        f"descent_{_kind}_load": lambda w, kind=_kind, made=_made: [
            *(w.array(f"saved {kind}"), w.saved_sizes[kind], ctypes.pointer(w.pointers[made])),
        ],
    }


RIGHT |= {
    "descent_optimizer_copy": lambda w: [w.optimizer, ctypes.pointer(w.pointers[2])],
    "descent_sampler_copy": lambda w: [w.sampler, ctypes.pointer(w.pointers[4])],
    "descent_classifier_copy": lambda w: [w.classifier, ctypes.pointer(w.pointers[3])],
    "descent_regressor_copy": lambda w: [w.regressor, ctypes.pointer(w.pointers[5])],
    "descent_saved_entries": lambda w: [
        *(w.array("saved sampler"), w.saved_sizes["sampler"], w.entries, ENTRIES, ctypes.pointer(w.size)),
    ],
    "descent_saved_build": lambda w: [
        *(64, w.entries, 1, w.array("buffer"), CAPACITY, ctypes.pointer(w.size)),
    ],
}

NO_FUNCTION = {
    "progress": ProgressFunction,
    "objective": ObjectiveFunction,
    "parallel_for": ParallelFor,
}


def call(world, name, changes):
    """Calls a function with some arguments or fields replaced, e.g. {"tensors[1].rows": 0}; a function of the world
    stands for its result."""
    parameters = list(header.FUNCTIONS[name].parameters)
    arguments = RIGHT[name](world)
    for path, value in changes.items():
        new = value(world) if callable(value) else value
        parameter, index, field = re.fullmatch(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?", path).groups()
        position = parameters.index(parameter)
        if field is None:
            # NULL for a callback has a type of its own.
            arguments[position] = NO_FUNCTION[parameter]() if new is None and parameter in NO_FUNCTION else new
        elif index is None:
            setattr(arguments[position].contents, field, new)
        else:
            setattr(arguments[position][int(index)], field, new)
    # What a test itself has changed in a struct is not the library's doing.
    before = world.snapshot()
    status = getattr(library, name)(*arguments)
    return status, library.descent_last_error().decode(errors="replace"), world.snapshot() == before
