"""Linear models through the C interface alone, as a program in C has them, and textbook code to compare them with."""

import ctypes
import weakref

import numpy as np

from descent._c.declarations import (
    ClassifierPointer,
    Dataset,
    FitOptions,
    FitResult,
    GradientComparison,
    OptimizerPointer,
    ProgressFunction,
    RangeOptions,
    RegressorPointer,
)
from descent._c.library import library

LABELLED = {
    "softmax_cross_entropy": 1,
    "multiclass_hinge": 2,
    "squared_hinge": 3,
    "one_vs_rest_hinge": 4,
    "one_vs_rest_squared_hinge": 5,
    "one_vs_rest_logistic": 6,
}
REAL = {
    "squared_error": 20,
    "absolute_error": 21,
    "huber": 22,
    "logistic": 23,
    "quantile": 24,
    "epsilon_insensitive": 25,
    "squared_epsilon_insensitive": 26,
    "poisson": 27,
}
PARAMETERS = {"huber": 0.7, "quantile": 0.3, "epsilon_insensitive": 0.2, "squared_epsilon_insensitive": 0.15}
SAMPLINGS = {"shuffle": 1, "replacement": 2, "stratified": 3, "weighted": 4}
REASONS = ["none", "epochs", "patience", "minimum", "cancelled", "not_finite"]
DTYPES = {
    np.dtype(np.float32): 1,
    np.dtype(np.float64): 2,
    np.dtype(np.uint8): 3,
    np.dtype(np.float16): 4,
    np.dtype(np.uint16): 5,
}

NULL_POINTER, INVALID, SHAPE, NOT_FINITE, CORRUPT, UNSUPPORTED, CANCELLED = 1, 2, 4, 5, 7, 8, 9


class RefusedError(Exception):
    """A call that failed: its status and its text."""

    def __init__(self, status):
        self.status, self.text = status, library.descent_last_error().decode()
        super().__init__(self.text)


def check(status):
    """Raises unless a call succeeded."""
    if status:
        raise RefusedError(status)


def doubles(array):
    """The array as an argument."""
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_double))


def floats(array):
    """The array as an argument."""
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_float))


def dataset(features, labels=None, targets=None, weights=None, scale=1.0, offset=0.0):
    """descent_dataset of these arrays, which it keeps."""
    data = Dataset(struct_size=ctypes.sizeof(Dataset), dtype=DTYPES[features.dtype], scale=scale, offset=offset)
    assert features.flags.c_contiguous
    data.features = features.ctypes.data
    data.samples, data.dimension = features.shape
    if labels is not None:
        labels = np.ascontiguousarray(labels, np.int32)
        data.labels = labels.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
    if targets is not None:
        assert targets.flags.c_contiguous
        data.targets, data.target_dtype = targets.ctypes.data, DTYPES[targets.dtype]
    if weights is not None:
        weights = np.ascontiguousarray(weights, np.float64)
        data.weights = doubles(weights)
    data.borrowed = features, labels, targets, weights
    return data


def stored_rows(matrix):
    """(row starts, columns, values) of what is not 0."""
    rows, columns = np.nonzero(matrix)
    starts = np.zeros(len(matrix) + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=len(matrix)), out=starts[1:])
    return starts, columns.astype(np.int32), np.ascontiguousarray(matrix[rows, columns])


def sparse_dataset(rows, dimension, *, dtype=None, **others):
    """descent_dataset of (row starts, columns, values), None standing for ones. dtype is its number."""
    starts, columns, values = rows
    data = dataset(np.empty((len(starts) - 1, dimension), np.uint8), **others)
    data.dtype = dtype or DTYPES[np.dtype(np.float32) if values is None else values.dtype]
    data.features = None if values is None else values.ctypes.data
    data.row_starts, data.column_indices = starts.ctypes.data, columns.ctypes.data
    data.stored_count = len(columns)
    data.borrowed = starts, columns, values, *data.borrowed[1:]
    return data


def fit_options(**changes):
    """descent_fit_options with some of them changed; sampling by its name, validation as a data set."""
    options = FitOptions()
    library.descent_fit_options_init(ctypes.byref(options))
    for name, value in changes.items():
        if name == "validation":
            options.kept = value
            value = None if value is None else ctypes.pointer(value)  # noqa: PLW2901
        setattr(options, name, SAMPLINGS[value] if name == "sampling" else value)
    return options


class Optimizer:
    """An optimizer by its name, with options by theirs; or one from its saved bytes."""

    def __init__(self, name=None, pointer=None, **options):
        self.pointer = OptimizerPointer() if pointer is None else pointer
        if pointer is None:
            check(library.descent_optimizer_create(_number("algorithm", name), ctypes.byref(self.pointer)))
        weakref.finalize(self, library.descent_optimizer_free, self.pointer)
        for option, value in options.items():
            check(library.descent_optimizer_set(self.pointer, _number("option", option), value))

    def get(self, option):
        """The value of an option."""
        value = ctypes.c_double()
        check(library.descent_optimizer_get(self.pointer, _number("option", option), ctypes.byref(value)))
        return value.value

    @property
    def name(self):
        """That of the algorithm."""
        return library.descent_algorithm_name(library.descent_optimizer_algorithm(self.pointer)).decode()

    def save(self):
        """Its saved bytes."""
        return _saved("optimizer", self.pointer)

    @classmethod
    def load(cls, saved):
        """One from saved bytes."""
        return cls(pointer=_loaded("optimizer", OptimizerPointer, saved))


class Model:
    """A classifier, a binary classifier of one column, or a regressor."""

    def __init__(self, loss, dimension, outputs=1, *, binary=False, l2=0.0, parameter=None, pointer=None):
        self.kind = "classifier" if loss in LABELLED else "regressor"
        self.loss, self.dimension, self.outputs, self.binary = loss, dimension, outputs, binary
        self.l2, self.parameter = l2, PARAMETERS.get(loss) if parameter is None else parameter
        if pointer is None:
            pointer = self.pointer_type(self.kind)()
            if binary:
                check(library.descent_classifier_create_binary(dimension, LABELLED[loss], ctypes.byref(pointer)))
            else:
                number = (LABELLED | REAL)[loss]
                create = getattr(library, f"descent_{self.kind}_create")
                check(create(dimension, outputs, number, ctypes.byref(pointer)))
        self.pointer = pointer
        weakref.finalize(self, getattr(library, f"descent_{self.kind}_free"), pointer)
        self.call("set_l2", l2)
        if self.parameter is not None:
            self.call("set_loss_parameter", self.parameter)

    @staticmethod
    def pointer_type(kind):
        """That of a kind of model."""
        return ClassifierPointer if kind == "classifier" else RegressorPointer

    def call(self, function, *arguments):
        """Calls a function of the model's kind; raises if it fails."""
        check(getattr(library, f"descent_{self.kind}_{function}")(self.pointer, *arguments))

    def another(self):
        """A new one of the same kind, with weights of 0."""
        return Model(self.loss, self.dimension, self.outputs, binary=self.binary, l2=self.l2, parameter=self.parameter)

    @property
    def weights(self):
        """W and b: the model's own memory."""
        weights, bias = ctypes.POINTER(ctypes.c_float)(), ctypes.POINTER(ctypes.c_float)()
        self.call("parameters", ctypes.byref(weights), ctypes.byref(bias))
        shape = self.dimension, self.outputs
        return np.ctypeslib.as_array(weights, shape), np.ctypeslib.as_array(bias, shape[1:])

    def set_weights(self, weights, bias):
        """Writes W and b."""
        own = self.weights
        own[0][:], own[1][:] = weights, bias

    @property
    def bits(self):
        """W and b, as bytes."""
        return b"".join(part.tobytes() for part in self.weights)

    def exact(self):
        """W and b in double."""
        weights, bias = np.full((self.dimension, self.outputs), np.nan), np.full(self.outputs, np.nan)
        self.call("exact_parameters", doubles(weights), doubles(bias))
        return weights, bias

    def fit(self, optimizer, data, progress=None, *, goes_on=False, options=None, **changes):
        """Fits it, or resumes its fit. The progress function is called with a report, and may return true to stop."""
        options = fit_options(**changes) if options is None else options
        seen = []

        def call(report, _):
            try:
                return int(bool(progress(report.contents)))
            except BaseException as error:
                seen.append(error)
                return 1

        function = ProgressFunction() if progress is None else ProgressFunction(call)
        name = "resume" if goes_on else "fit"
        try:
            self.call(name, optimizer.pointer, ctypes.byref(data), ctypes.byref(options), function, None)
        finally:
            if seen:
                raise seen[0]
        return self.result()

    def result(self):
        """How the last fit ended."""
        result = FitResult(struct_size=ctypes.sizeof(FitResult))
        self.call("fit_result", ctypes.byref(result))
        found = {name: getattr(result, name) for name, _ in FitResult._fields_}
        found["reason"] = REASONS[found["reason"]]
        return found

    def choose(self, data, **changes):
        """(optimizer, options) that the library has chosen; all that it may choose, unless it is given."""
        options, pointer = fit_options(**({"epochs": 0, "batch_size": 0} | changes)), OptimizerPointer()
        self.call("choose_optimizer", ctypes.byref(data), ctypes.byref(options), ctypes.byref(pointer))
        return Optimizer(pointer=pointer), options

    def rates(self, optimizer, data, steps=50, minimum=1e-5, maximum=10.0, **changes):
        """Rates, losses and the proposal of a range test."""
        options = RangeOptions(ctypes.sizeof(RangeOptions), steps, minimum, maximum)
        rates, losses = np.zeros(steps), np.zeros(steps)
        count, proposal = ctypes.c_size_t(), ctypes.c_double()
        self.call(
            "learning_rate_range",
            *(optimizer.pointer, ctypes.byref(data), ctypes.byref(fit_options(**changes)), ctypes.byref(options)),
            *(doubles(rates), doubles(losses), ctypes.byref(count), ctypes.byref(proposal)),
        )
        return rates[: count.value], losses[: count.value], proposal.value

    def evaluate(self, data):
        """The mean loss, and accuracy or R²."""
        loss, score = ctypes.c_double(), ctypes.c_double()
        self.call("evaluate", ctypes.byref(data), ctypes.byref(loss), ctypes.byref(score))
        return loss.value, score.value

    def gradient(self, data):
        """The mean loss, and its gradient by W and b."""
        loss = ctypes.c_double()
        weights, bias = np.empty((self.dimension, self.outputs), np.float32), np.empty(self.outputs, np.float32)
        self.call("loss_gradient", ctypes.byref(data), ctypes.byref(loss), floats(weights), floats(bias))
        return loss.value, weights, bias

    def check_gradient(self, data, step=0.0, count=0, seed=1):
        """The largest error of the gradient, and how many parameters were looked at."""
        report = GradientComparison(struct_size=ctypes.sizeof(GradientComparison))
        self.call("gradient_check", ctypes.byref(data), step, count, seed, ctypes.byref(report))
        return report.max_relative_error, report.checked

    def scores(self, data):
        """Those of all samples."""
        scores = np.full((data.samples, self.outputs), np.nan, np.float32)
        self.call("scores", ctypes.byref(data), floats(scores))
        return scores

    def predict(self, data):
        """Labels, or predicted targets."""
        if self.kind == "classifier":
            labels = np.full(data.samples, -1, np.int32)
            self.call("predict", ctypes.byref(data), labels.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)))
            return labels
        targets = np.full((data.samples, self.outputs), np.nan, np.float32)
        self.call("predict", ctypes.byref(data), floats(targets))
        return targets

    def save(self):
        """Its saved bytes."""
        return _saved(self.kind, self.pointer)

    def load(self, saved):
        """One from saved bytes, of the same kind."""
        pointer = _loaded(self.kind, self.pointer_type(self.kind), saved)
        loaded = object.__new__(Model)
        loaded.__dict__.update(self.__dict__, pointer=pointer)
        weakref.finalize(loaded, getattr(library, f"descent_{self.kind}_free"), pointer)
        return loaded


def _number(kind, name):
    number = ctypes.c_int32()
    check(getattr(library, f"descent_{kind}_from_name")(name.encode(), ctypes.byref(number)))
    return number.value


def _saved(kind, pointer):
    size = ctypes.c_size_t()
    check(getattr(library, f"descent_{kind}_save_size")(pointer, ctypes.byref(size)))
    buffer = ctypes.create_string_buffer(size.value)
    check(getattr(library, f"descent_{kind}_save")(pointer, buffer, size, ctypes.byref(size)))
    return buffer.raw


def _loaded(kind, pointer_type, saved):
    pointer = pointer_type()
    check(getattr(library, f"descent_{kind}_load")(saved, len(saved), ctypes.byref(pointer)))
    return pointer


def row_losses(loss, scores, answers, parameter=None):
    """The loss of each row as a textbook has it, in double. One column with labels is that of a binary classifier."""
    if loss.startswith("one_vs_rest"):
        own = answers[:, None] == (np.arange(scores.shape[1]) if scores.shape[1] > 1 else 1)
        margins = np.where(own, scores, -scores)
        if loss == "one_vs_rest_logistic":
            return np.logaddexp(0, -margins).sum(1)
        return (np.maximum(0, 1 - margins) ** (1 if loss == "one_vs_rest_hinge" else 2)).sum(1)
    if loss in LABELLED:
        if scores.shape[1] == 1:
            scores = np.hstack([np.zeros_like(scores), scores])
        own = scores[np.arange(len(scores)), answers][:, None]
        if loss == "softmax_cross_entropy":
            return np.log(np.exp(scores - own).sum(1))
        margins = np.maximum(scores - own + 1, 0)
        margins[np.arange(len(scores)), answers] = 0
        return (margins if loss == "multiclass_hinge" else margins**2).sum(1)
    error = scores - answers
    size = np.abs(error)
    terms = {
        "squared_error": lambda: error**2,
        "absolute_error": lambda: size,
        "huber": lambda: np.where(size <= parameter, error**2 / 2, parameter * (size - parameter / 2)),
        "logistic": lambda: np.logaddexp(0, scores) - answers * scores,
        "quantile": lambda: np.where(error < 0, parameter * size, (1 - parameter) * size),
        "epsilon_insensitive": lambda: np.maximum(size - parameter, 0),
        "squared_epsilon_insensitive": lambda: np.maximum(size - parameter, 0) ** 2,
        "poisson": lambda: np.exp(scores) - answers * scores,
    }
    return terms[loss]().sum(1)


def mean_loss(model, features, answers, weights=None, parameters=None):
    """The model's loss in double, at its own parameters or at others."""
    matrix, bias = map(np.float64, parameters or model.weights)
    losses = row_losses(model.loss, np.float64(features) @ matrix + bias, answers, model.parameter)
    return np.average(losses, weights=weights) + model.l2 * (matrix**2).sum()


def random_targets(loss, scores, random):
    """Targets near the scores that the loss takes."""
    if loss == "logistic":
        return random.random(scores.shape)
    if loss == "poisson":
        return random.poisson(np.exp(np.clip(scores, -3, 3))).astype(float)
    return scores + random.normal(size=scores.shape)


def random_case(loss, samples=60, dimension=7, outputs=3, *, binary=False, seed=1, l2=0.0, spread=0.5):
    """(model with random weights, features in float32, labels or targets)"""
    random = np.random.default_rng(seed)
    outputs = 1 if binary else outputs
    model = Model(loss, dimension, outputs, binary=binary, l2=l2)
    model.set_weights(spread * random.normal(size=(dimension, outputs)), spread * random.normal(size=outputs))
    features = random.normal(size=(samples, dimension)).astype(np.float32)
    if loss in LABELLED:
        return model, features, random.integers(0, 2 if binary else outputs, samples).astype(np.int32)
    scores = features @ np.float64(random.normal(size=(dimension, outputs))) * 0.5
    return model, features, random_targets(loss, scores, random)


def answers_of(model, answers):
    """Labels or targets, as arguments of `dataset`."""
    return {"labels": answers} if model.kind == "classifier" else {"targets": np.ascontiguousarray(answers)}


# Losses of each class by itself: with one column they are others.
JOINING = [loss for loss in LABELLED if not loss.startswith("one_vs_rest")]
# Every kind of model: (loss, binary).
KINDS = [(loss, False) for loss in LABELLED] + [(loss, True) for loss in JOINING] + [(loss, False) for loss in REAL]

# Those that coordinate descent fits.
COORDINATE_KINDS = [
    ("one_vs_rest_logistic", False),
    ("one_vs_rest_squared_hinge", False),
    ("softmax_cross_entropy", True),
    ("squared_hinge", True),
    *((loss, False) for loss in ("squared_error", "huber", "logistic", "squared_epsilon_insensitive", "poisson")),
]

# Those that dual coordinate ascent fits.
DUAL_KINDS = [
    (loss, binary)
    for loss, binary in KINDS
    if binary or loss.startswith("one_vs_rest") or loss in {*REAL} - {"poisson"}
]
