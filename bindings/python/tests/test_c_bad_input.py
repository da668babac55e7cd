"""Bad input to every C function, as a table: the status, a text that names the argument, and nothing has changed."""

import ctypes
import math
import threading

import header
import numpy as np
import pytest
from c_calls import ADAM, CLASSES, LEARNING_RATE, MODELS, RIGHT, SAMPLES, SAVED, World, call, require_ok

from descent._c.library import library

NULL_POINTER, INVALID, UNKNOWN_NAME, SHAPE, NOT_FINITE, CORRUPT, UNSUPPORTED = 1, 2, 3, 4, 5, 7, 8

OPTIONAL_WITH_BOUNDS = ("lower", "upper", "context", "progress", "progress_context")

OPTIONAL_OF_MODELS = (
    *(("fit", name) for name in ("progress", "context")),
    *(("resume", name) for name in ("progress", "context")),
    *(("evaluate", name) for name in ("loss", "accuracy", "r2")),
    *(("random_search", name) for name in ("progress", "progress_context")),
)
# Pointers that may be NULL, and functions that do something sensible with NULL or never fail.
OPTIONAL = {
    ("descent_saved_entries", "entries"),
    ("descent_saved_build", "buffer"),
    ("descent_set_parallel_for", "context"),
    ("descent_loss_classify", "gradient"),
    ("descent_loss_regress", "gradient"),
    ("descent_loss_regress_with", "gradient"),
    *((f"descent_{kind}_{name}", argument) for kind in MODELS for name, argument in OPTIONAL_OF_MODELS),
    ("descent_minimize", "context"),
    ("descent_minimize", "progress"),
    ("descent_minimize", "progress_context"),
    ("descent_minimize_numerically", "context"),
    ("descent_minimize_numerically", "progress"),
    ("descent_minimize_numerically", "progress_context"),
    *((f"descent_minimize_bounded{end}", name) for end in ("", "_numerically") for name in OPTIONAL_WITH_BOUNDS),
    ("descent_learning_rate_range", "context"),
    ("descent_numeric_gradient", "context"),
    ("descent_gradient_check", "context"),
    ("descent_gradient_check_subset", "context"),
    ("descent_random_search", "context"),
    ("descent_random_search", "progress"),
    ("descent_random_search", "progress_context"),
    ("descent_sampler_create", "labels"),
}
NULL_ARGUMENTS = [
    (name, parameter)
    for name in RIGHT
    for parameter, kind in header.FUNCTIONS[name].parameters.items()
    if "*" in kind or kind in ("descent_progress", "descent_objective")
]
WITH_DATA = [name for name in RIGHT if "descent_dataset*" in header.FUNCTIONS[name].parameters.values()]
WITH_ANSWERS = [name for name in WITH_DATA if not name.endswith(("scores", "predict", "dataset_check"))]
WITH_LABELS = [name for name in WITH_ANSWERS if "classifier" in name]
WITH_TARGETS = [name for name in WITH_ANSWERS if "regressor" in name]
NULL_FIELDS = [
    ("descent_optimizer_step", "tensors[0].values"),
    ("descent_optimizer_step", "tensors[1].values"),
    ("descent_optimizer_step", "tensors[1].gradient"),
    ("descent_optimizer_step_parameters", "parameters[1].values"),
    *((name, "data.features") for name in WITH_DATA),
    *((name, "data.labels") for name in WITH_LABELS),
    *((name, "data.targets") for name in WITH_TARGETS),
]

NANS = [math.nan, math.inf, -math.inf]
HUGE = 2**62
NO_ENUM = [0, -1, 99, 2**31 - 1]
SIZES = [0, 4, 23, 25, 2**32 - 1]

# Function, argument or field, its wrong values, status, words that the text must hold.
WRONG_VALUES = [
    ("descent_set_thread_count", "threads", [-1, 257, 2**31 - 1, -(2**31)], INVALID, ["threads"]),
    ("descent_communicator_sum", "dtype", [3, *NO_ENUM], INVALID, ["dtype"]),
    ("descent_communicator_sum", "count", [HUGE, 2**64 - 1], INVALID, ["count"]),
    ("descent_optimizer_create", "algorithm", NO_ENUM, INVALID, ["algorithm"]),
    ("descent_optimizer_set", "option", NO_ENUM, INVALID, ["option"]),
    ("descent_optimizer_set", "option", [2, 6], UNSUPPORTED, ["adam"]),
    ("descent_optimizer_set", "value", [*NANS, -1, -5e-324], INVALID, ["learning_rate"]),
    ("descent_optimizer_get", "option", NO_ENUM, INVALID, ["option"]),
    ("descent_optimizer_get", "option", [2, 6], UNSUPPORTED, ["adam"]),
    ("descent_optimizer_step", "count", [0], INVALID, ["count"]),
    ("descent_optimizer_step", "count", [1], SHAPE, ["2", "1"]),
    ("descent_optimizer_step", "tensors[0].rows", [0], INVALID, ["tensor 0", "rows"]),
    ("descent_optimizer_step", "tensors[1].columns", [0], INVALID, ["tensor 1", "columns"]),
    ("descent_optimizer_step", "tensors[1].rows", [2, HUGE, 2**64 - 1], None, ["tensor 1"]),
    ("descent_optimizer_step", "tensors[0].columns", [5, HUGE, 2**64 - 1], None, ["tensor 0"]),
    ("descent_optimizer_step", "tensors[1].columns", [4, 6], SHAPE, ["tensor 1"]),
    ("descent_optimizer_step", "tensors[1].dtype", [3, *NO_ENUM], INVALID, ["tensor 1", "dtype"]),
    ("descent_optimizer_step", "tensors[1].dtype", [2], SHAPE, ["tensor 1"]),
    ("descent_optimizer_step", "tensors[1].group", [1, 2**32 - 1], INVALID, ["tensor 1", "group"]),
    ("descent_optimizer_step", "tensors[1].gradient", [lambda w: w.array("bias")], INVALID, ["tensor 1", "overlap"]),
    ("descent_optimizer_step", "tensors[0].gradient", [lambda w: w.array("values") + 44], INVALID, ["tensor 0"]),
    ("descent_optimizer_step_parameters", "count", [0], INVALID, ["count"]),
    ("descent_optimizer_step_parameters", "count", [1], SHAPE, ["2", "1"]),
    ("descent_optimizer_step_parameters", "parameters[0].struct_size", SIZES, INVALID, ["parameters", "struct_size"]),
    (
        "descent_optimizer_step_parameters",
        "parameters[1].struct_size",
        SIZES,
        INVALID,
        ["parameters[1]", "struct_size"],
    ),
    ("descent_optimizer_step_parameters", "parameters[0].rows", [0], SHAPE, ["tensor 0"]),
    ("descent_optimizer_step_parameters", "parameters[1].rows", [2, HUGE, 2**64 - 1], None, ["tensor 1"]),
    ("descent_optimizer_step_parameters", "parameters[1].columns", [0, 4, 6], SHAPE, ["tensor 1"]),
    ("descent_optimizer_step_parameters", "parameters[1].dtype", [3, *NO_ENUM], INVALID, ["tensor 1", "dtype"]),
    ("descent_optimizer_step_parameters", "parameters[1].gradient_dtype", [3, *NO_ENUM], INVALID, ["gradient_dtype"]),
    ("descent_optimizer_step_parameters", "parameters[1].group", [1, 2**32 - 1], INVALID, ["tensor 1", "group"]),
    ("descent_optimizer_step_parameters", "parameters[1].reserved", [1, 2**32 - 1], INVALID, ["tensor 1", "reserved"]),
    (
        *("descent_optimizer_step_parameters", "parameters[1].gradient"),
        *([lambda w: w.array("bias")], INVALID, ["tensor 1", "overlap"]),
    ),
    ("descent_optimizer_use_average", "count", [0], INVALID, ["count"]),
    ("descent_optimizer_use_average", "count", [1], SHAPE, ["2", "1"]),
    ("descent_optimizer_use_average", "use", [False], INVALID, ["use"]),
    ("descent_optimizer_use_average", "tensors[1].columns", [4, 6], SHAPE, ["tensor 1"]),
    ("descent_optimizer_use_average", "tensors[1].dtype", [3, *NO_ENUM], INVALID, ["tensor 1", "dtype"]),
    ("descent_optimizer_state", "tensor", [2, 2**64 - 1], INVALID, ["tensor"]),
    ("descent_optimizer_state", "name", [b"", b"M", b"velocity", b"mv", b"\xff"], UNKNOWN_NAME, ["name"]),
    *(
        (name, argument, values, status, [argument])
        for name in ("descent_optimizer_state_dtype", "descent_optimizer_widen_state", "descent_optimizer_narrow_state")
        for argument, values, status in (("tensor", [2, 2**64 - 1], INVALID), ("name", [b"", b"mv"], UNKNOWN_NAME))
    ),
    ("descent_optimizer_widen_state", "count", [0, 4, 6, 2**64 - 1], INVALID, ["count"]),
    ("descent_optimizer_narrow_state", "count", [0, 4, 6, 2**64 - 1], INVALID, ["count"]),
    *(
        (name, argument, values, status, [argument])
        for name in ("descent_optimizer_tensor_number", "descent_optimizer_set_tensor_number")
        for argument, values, status in (
            ("tensor", [2, 2**64 - 1], INVALID),
            ("group", [8, 2**32 - 1], INVALID),
            ("name", [b"", b"m", b"rate"], UNKNOWN_NAME),
        )
    ),
    ("descent_optimizer_set_tensor_number", "value", [*NANS, -1, 0.5, 2.0**54], INVALID, ["value", "whole"]),
    ("descent_optimizer_state_shape", "tensor", [2, 2**64 - 1], INVALID, ["tensor"]),
    ("descent_optimizer_state_shape", "name", [b"", b"M", b"velocity"], UNKNOWN_NAME, ["name"]),
    ("descent_optimizer_tensor", "tensor", [2, 2**64 - 1], INVALID, ["tensor", "[0, 2)"]),
    ("descent_algorithm_from_name", "name", [b"", b"Adam", b"adamw ", b"\xff", b"x" * 10000], UNKNOWN_NAME, ["name"]),
    ("descent_option_from_name", "name", [b"", b"lr", b"beta4", b"beta11"], UNKNOWN_NAME, ["name"]),
    ("descent_loss_from_name", "name", [b"", b"softmax", b"Huber"], UNKNOWN_NAME, ["name"]),
    ("descent_option_range", "algorithm", NO_ENUM, INVALID, ["algorithm"]),
    ("descent_option_range", "option", NO_ENUM, INVALID, ["option"]),
    ("descent_option_range", "option", [2, 6], UNSUPPORTED, ["adam"]),
    ("descent_algorithm_state_shape", "algorithm", NO_ENUM, INVALID, ["algorithm"]),
    ("descent_algorithm_state_shape", "index", [3, 2**64 - 1], INVALID, ["index", "adam"]),
    ("descent_algorithm_state_shape", "rows", [0, 2**64 - 1], INVALID, ["rows"]),
    ("descent_algorithm_state_shape", "columns", [0, HUGE], INVALID, ["columns"]),
    ("descent_loss_classify", "loss", [20, 23, *NO_ENUM], INVALID, ["loss"]),
    ("descent_loss_classify", "dtype", [3, *NO_ENUM], INVALID, ["dtype"]),
    ("descent_loss_classify", "batch", [0, HUGE, 2**64 - 1], INVALID, ["batch"]),
    ("descent_loss_classify", "classes", [0, HUGE, 2**64 - 1], INVALID, ["classes"]),
    ("descent_loss_regress", "loss", [1, 3, *NO_ENUM], INVALID, ["loss"]),
    ("descent_loss_regress", "dtype", [3, *NO_ENUM], INVALID, ["dtype"]),
    ("descent_loss_regress", "batch", [0, HUGE, 2**64 - 1], INVALID, ["batch"]),
    ("descent_loss_regress", "outputs", [0, HUGE, 2**64 - 1], INVALID, ["outputs"]),
    ("descent_loss_regress_with", "loss", NO_ENUM, INVALID, ["loss"]),
    ("descent_loss_regress_with", "loss", [1, 20, 27], UNSUPPORTED, ["loss", "no parameter"]),
    ("descent_loss_regress_with", "parameter", [*NANS, 0, -1], INVALID, ["parameter", "delta", "(0, inf)"]),
    ("descent_loss_regress_with", "dtype", [3, *NO_ENUM], INVALID, ["dtype"]),
    ("descent_loss_regress_with", "batch", [0, HUGE, 2**64 - 1], INVALID, ["batch"]),
    ("descent_loss_regress_with", "outputs", [0, HUGE, 2**64 - 1], INVALID, ["outputs"]),
    ("descent_loss_parameter_range", "loss", NO_ENUM, INVALID, ["loss"]),
    ("descent_loss_parameter_range", "loss", [1, 20, 23, 27], UNSUPPORTED, ["loss", "no parameter"]),
    ("descent_classifier_create", "loss", [20, 23, *NO_ENUM], INVALID, ["loss"]),
    ("descent_classifier_create", "dimension", [0, HUGE, 2**64 - 1], INVALID, ["dimension"]),
    ("descent_classifier_create", "classes", [0, HUGE, 2**64 - 1], INVALID, ["classes"]),
    ("descent_classifier_create_binary", "loss", [20, 23, *NO_ENUM], INVALID, ["loss"]),
    ("descent_classifier_create_binary", "dimension", [0, HUGE, 2**64 - 1], INVALID, ["dimension"]),
    ("descent_regressor_create", "loss", [1, 3, *NO_ENUM], INVALID, ["loss"]),
    ("descent_regressor_create", "dimension", [0, HUGE, 2**64 - 1], INVALID, ["dimension"]),
    ("descent_regressor_create", "outputs", [0, HUGE, 2**64 - 1], INVALID, ["outputs"]),
    ("descent_regressor_set_loss_parameter", "parameter", [*NANS, -1, 0], INVALID, ["delta"]),
    ("descent_loss_regress_with", "parameter", [*NANS, -1, 0], INVALID, ["delta"]),
    ("descent_loss_regress_with", "loss", NO_ENUM, INVALID, ["loss"]),
    ("descent_loss_regress_with", "loss", [1, 20, 27], UNSUPPORTED, ["parameter"]),
    ("descent_loss_parameter_range", "loss", NO_ENUM, INVALID, ["loss"]),
    ("descent_loss_parameter_range", "loss", [1, 20, 27], UNSUPPORTED, ["parameter"]),
    ("descent_classifier_fit", "optimizer", [lambda w: w.optimizer], SHAPE, ["optimizer"]),
    ("descent_optimizer_set_group", "option", NO_ENUM, INVALID, ["option"]),
    ("descent_optimizer_set_group", "option", [21], INVALID, ["clip_norm", "group"]),
    ("descent_optimizer_set_group", "option", [2, 6], UNSUPPORTED, ["adam"]),
    ("descent_optimizer_set_group", "value", [*NANS, -1], INVALID, ["learning_rate"]),
    ("descent_optimizer_get_group", "group", [8, 2**32 - 1], INVALID, ["group"]),
    ("descent_optimizer_get_group", "option", NO_ENUM, INVALID, ["option"]),
    ("descent_optimizer_report_loss", "loss", [math.nan], INVALID, ["loss"]),
    ("descent_optimizer_health", "health.struct_size", SIZES, INVALID, ["health", "struct_size"]),
    ("descent_minimize", "n", [0, HUGE, 2**64 - 1], INVALID, ["n"]),
    ("descent_minimize", "optimizer", [lambda w: w.optimizer], SHAPE, ["tensor"]),
    ("descent_minimize_bounded", "n", [0, HUGE, 2**64 - 1], INVALID, ["n"]),
    ("descent_minimize_bounded_numerically", "method", NO_ENUM, INVALID, ["method"]),
    ("descent_minimize_bounded_numerically", "step", [*NANS, -1], INVALID, ["step"]),
    ("descent_minimize_numerically", "method", NO_ENUM, INVALID, ["method"]),
    ("descent_minimize_numerically", "step", [*NANS, -1], INVALID, ["step"]),
    ("descent_numeric_gradient", "n", [0, HUGE, 2**64 - 1], INVALID, ["n"]),
    ("descent_numeric_gradient", "method", NO_ENUM, INVALID, ["method"]),
    ("descent_numeric_gradient", "step", [*NANS, -1], INVALID, ["step"]),
    ("descent_gradient_check", "n", [0, HUGE, 2**64 - 1], INVALID, ["n"]),
    ("descent_gradient_check", "step", [*NANS, -1], INVALID, ["step"]),
    ("descent_gradient_check_subset", "count", [0, 4, 2**64 - 1], INVALID, ["count"]),
    *((f"descent_{kind}_gradient_check", "count", [16, 2**64 - 1], INVALID, ["count"]) for kind in MODELS),
    ("descent_random_search", "n", [0, HUGE, 2**64 - 1], INVALID, ["n"]),
    ("descent_learning_rate_range", "n", [0, HUGE, 2**64 - 1], INVALID, ["n"]),
    ("descent_sampler_create", "samples", [0], INVALID, ["samples"]),
    ("descent_sampler_create", "batch_size", [0], INVALID, ["batch_size"]),
    ("descent_sampler_create", "sampling", [4, *NO_ENUM], INVALID, ["sampling"]),
    ("descent_sampler_create_weighted", "samples", [0], INVALID, ["samples"]),
    ("descent_sampler_create_weighted", "batch_size", [0], INVALID, ["batch_size"]),
    ("descent_sampler_set_drop_last", "drop", [-1, 2], INVALID, ["drop"]),
    ("descent_sampler_seek", "batch", [3, 2**64 - 1], INVALID, ["batch"]),
    ("descent_initialize", "initializer", NO_ENUM, INVALID, ["initializer"]),
    ("descent_initialize", "dtype", [3, *NO_ENUM], INVALID, ["dtype"]),
    ("descent_initialize", "rows", [0, HUGE, 2**64 - 1], INVALID, ["rows"]),
    ("descent_initialize", "columns", [0, HUGE, 2**64 - 1], INVALID, ["columns"]),
    ("descent_initialize", "scale", [*NANS, -1], INVALID, ["scale"]),
]
for _kind in SAVED:
    WRONG_VALUES += [
        (f"descent_{_kind}_save", "capacity", [0, 1, 31], INVALID, ["capacity"]),
        (f"descent_{_kind}_load", "size", [0, 1, 31, 32, 100, HUGE, 2**64 - 1], CORRUPT, ["buffer"]),
        (f"descent_{_kind}_load", "buffer", [lambda w: w.array("buffer")], CORRUPT, ["buffer"]),
    ]
WRONG_VALUES += [
    ("descent_saved_entries", "size", [0, 1, 31, 32, 80, HUGE, 2**64 - 1], CORRUPT, ["buffer"]),
    ("descent_saved_entries", "buffer", [lambda w: w.array("buffer")], CORRUPT, ["buffer"]),
    ("descent_saved_entries", "capacity", [0, 1, 6], INVALID, ["capacity", "7"]),
    ("descent_saved_entries", "entries[0].struct_size", [0, 4, 47, 49, 2**32 - 1], INVALID, ["entries", "struct_size"]),
    ("descent_saved_build", "capacity", [0, 31, 63], INVALID, ["capacity"]),
    ("descent_saved_build", "entries[0].struct_size", [0, 4, 47, 49, 2**32 - 1], INVALID, ["entries", "struct_size"]),
    ("descent_saved_build", "entries[0].dtype", [0, 6, 15, 20, -1], INVALID, ["entries[0]", "dtype"]),
    ("descent_saved_build", "entries[0].rank", [3, 2**32 - 1], INVALID, ["entries[0]", "rank"]),
    ("descent_saved_build", "entries[0].rows", [0, 2, HUGE, 2**64 - 1], INVALID, ["entries[0]", "rank"]),
    ("descent_saved_build", "entries[0].columns", [0, 2, HUGE, 2**64 - 1], INVALID, ["entries[0]", "rank"]),
    ("descent_saved_build", "entries[0].name", [None], NULL_POINTER, ["entries[0]", "name"]),
    ("descent_saved_build", "entries[0].name", [b"", b"x" * 201], INVALID, ["name"]),
    ("descent_saved_build", "entries[0].data", [None], NULL_POINTER, ["entries[0]", "data"]),
    ("descent_optimizer_load", "buffer", [lambda w: w.array("saved sampler")], CORRUPT, ["sampler", "optimizer"]),
    ("descent_sampler_load", "buffer", [lambda w: w.array("saved classifier")], CORRUPT, ["classifier", "sampler"]),
]
# What is the same for all models.
for _kind in MODELS:
    WRONG_VALUES += [
        (f"descent_{_kind}_{name}", *row)
        for name, *row in [
            ("set_l2", "l2", [*NANS, -1, -5e-324], INVALID, ["l2"]),
            ("initialize", "standard_deviation", [*NANS, -1], INVALID, ["standard_deviation"]),
            ("fit", "optimizer", [lambda w: w.optimizer], SHAPE, ["optimizer"]),
            ("fit_result", "result.struct_size", SIZES, INVALID, ["result", "struct_size"]),
            ("resume", _kind, [lambda w, kind=_kind: type(getattr(w, kind))()], NULL_POINTER, [_kind]),
            ("resume", "optimizer", [lambda w: w.fresh_optimizer], INVALID, ["optimizer", "0 steps"]),
            ("resume", "optimizer", [lambda w: w.optimizer], SHAPE, ["optimizer"]),
            ("resume", "options.seed", [1, 2**64 - 1], INVALID, ["options", "seed"]),
            ("resume", "options.batch_size", [1, 5], INVALID, ["options", "batch_size"]),
            ("resume", "options.sampling", [2], INVALID, ["options", "sampling"]),
            ("resume", "options.standardize", [1], INVALID, ["options", "standardize"]),
            ("resume", "data.samples", [5], SHAPE, ["data", "samples"]),
        ]
    ]
    for _name in ("fit", "resume", "choose_optimizer"):
        WRONG_VALUES += [
            (f"descent_{_kind}_{_name}", f"options.{field}", values, INVALID, [field])
            for field, values in [
                ("struct_size", [0, 4, 31, 33, 63, 65, 2**32 - 1]),
                ("epochs", [] if _name == "choose_optimizer" else [0]),
                ("sampling", NO_ENUM),
                ("reserved", [1]),
                ("standardize", [-1, 2]),
                ("check_features", [-1, 2]),
                ("average", [-1, 2]),
                ("tolerance", [*NANS, -1e-9, 1]),
            ]
        ]
    WRONG_VALUES += [
        (f"descent_{_kind}_fit", "options.average", [1], INVALID, ["average"]),
        (f"descent_{_kind}_fit", "options.sampling", [4], NULL_POINTER, ["weights", "sampling"]),
    ]
WRONG_VALUES += [("descent_regressor_fit", "options.sampling", [3], INVALID, ["regressor", "sampling"])]
# Structs that several functions take.
for _name in (
    "descent_minimize",
    "descent_minimize_numerically",
    "descent_minimize_bounded",
    "descent_minimize_bounded_numerically",
):
    WRONG_VALUES += [
        (_name, "stop.struct_size", SIZES, INVALID, ["stop", "struct_size"]),
        (_name, "stop.reserved", [1], INVALID, ["stop", "reserved"]),
        (_name, "stop.max_steps", [0], INVALID, ["stop"]),
        (_name, "stop.gradient_tolerance", [*NANS, -1], INVALID, ["gradient_tolerance"]),
        (_name, "stop.value_tolerance", [*NANS, -1], INVALID, ["value_tolerance"]),
        (_name, "stop.target_value", NANS, INVALID, ["target_value"]),
        (_name, "stop.max_seconds", [*NANS, -1], INVALID, ["max_seconds"]),
        (_name, "result.struct_size", SIZES, INVALID, ["result", "struct_size"]),
    ]
for _name in ("descent_random_search", *(f"descent_{kind}_random_search" for kind in MODELS)):
    WRONG_VALUES += [
        (_name, "options.struct_size", SIZES, INVALID, ["options", "struct_size"]),
        (_name, "options.mode", NO_ENUM, INVALID, ["mode"]),
        (_name, "options.trials", [0], INVALID, ["trials"]),
        (_name, "options.scale", [*NANS, -1], INVALID, ["scale"]),
        (_name, "result.struct_size", SIZES, INVALID, ["result", "struct_size"]),
    ]
for _name in ("descent_learning_rate_range", *(f"descent_{kind}_learning_rate_range" for kind in MODELS)):
    WRONG_VALUES += [
        (_name, "options.struct_size", SIZES, INVALID, ["options", "struct_size"]),
        (_name, "options.steps", [0, 1], INVALID, ["steps"]),
        (_name, "options.minimum", [*NANS, -1, 0, 11], INVALID, ["minimum"]),
        (_name, "options.maximum", [*NANS, -1, 0], INVALID, ["maximum"]),
    ]
for _name in (
    *("descent_gradient_check", "descent_gradient_check_subset"),
    *(f"descent_{kind}_gradient_check" for kind in MODELS),
):
    WRONG_VALUES += [
        (_name, "step", [*NANS, -1], INVALID, ["step"]),
        (_name, "report.struct_size", SIZES, INVALID, ["report", "struct_size"]),
    ]

# The rules of a data set hold for every function that takes one.
WRONG_DATA = [
    ("data.struct_size", [0, 4, 47, 49, 71, 73, 2**32 - 1], INVALID, ["data", "struct_size"]),
    ("data.dtype", NO_ENUM, INVALID, ["dtype"]),
    ("data.target_dtype", [3, -1, 99], INVALID, ["target_dtype"]),
    ("data.reserved", [1], INVALID, ["reserved"]),
    ("data.samples", [0, HUGE, 2**64 - 1], INVALID, ["samples"]),
    ("data.dimension", [0], INVALID, ["dimension"]),
    ("data.scale", NANS, INVALID, ["scale"]),
    ("data.offset", NANS, INVALID, ["offset"]),
]
WRONG_VALUES += [(name, *row) for name in WITH_DATA for row in WRONG_DATA]
WRONG_VALUES += [
    (name, "data.dimension", [3, 5, 2**64 - 1], SHAPE, ["dimension"])
    for name in WITH_DATA
    if name != "descent_dataset_check"
]
CASES = [(name, path, value, status, words) for name, path, values, status, words in WRONG_VALUES for value in values]


@pytest.fixture
def world():
    made = World()
    yield made
    made.close()


def require_refusal(world, name, changes, status, words):
    found, text, unchanged = call(world, name, changes)
    assert found == status if status is not None else found in (INVALID, SHAPE), text
    for word in words:
        assert word in text
    assert unchanged


@pytest.mark.parametrize("name", RIGHT)
def test_the_right_call_succeeds(world, name):
    # Without this the refusals below could have another reason.
    assert call(world, name, {})[0] == 0


def test_every_function_that_can_fail_is_in_the_table():
    assert {name for name, function in header.FUNCTIONS.items() if function.result == "descent_status"} == set(RIGHT)


@pytest.mark.parametrize(("name", "parameter"), NULL_ARGUMENTS)
def test_null_argument(world, name, parameter):
    if (name, parameter) in OPTIONAL:
        assert call(world, name, {parameter: None})[0] == 0
    else:
        # The range test of a classifier calls its fit options as fit() does.
        words = ["NULL"] if parameter == "fit" else [parameter, "NULL"]
        require_refusal(world, name, {parameter: None}, NULL_POINTER, words)


@pytest.mark.parametrize(("name", "path"), NULL_FIELDS)
def test_null_in_a_struct(world, name, path):
    owner, field = path.split(".")
    words = [owner.replace("tensors[", "tensor ").replace("parameters[", "tensor ").rstrip("]"), field, "NULL"]
    require_refusal(world, name, {path: None}, NULL_POINTER, words)


@pytest.mark.parametrize(("name", "path", "value", "status", "words"), CASES)
def test_wrong_value(world, name, path, value, *, status, words):
    require_refusal(world, name, {path: value}, status, words)


@pytest.mark.parametrize("index", [0, SAMPLES - 1])
@pytest.mark.parametrize("label", [-1, CLASSES, 2**31 - 1, -(2**31)])
@pytest.mark.parametrize("name", ["descent_loss_classify", *WITH_LABELS])
def test_label_out_of_range(world, name, label, index):
    world.arrays["labels"][index] = label
    require_refusal(world, name, {}, INVALID, ["label", str(index), str(label), str(CLASSES)])


def test_labels_are_not_looked_at_where_only_scores_are_asked_for(world):
    world.arrays["labels"][:] = -1
    world.arrays["targets"][:] = math.nan
    for kind in MODELS:
        for name in (f"descent_{kind}_scores", f"descent_{kind}_predict"):
            assert call(world, name, {})[0] == 0
            assert call(world, name, {"data.labels": None, "data.targets": None})[0] == 0


@pytest.mark.parametrize(("kind", "other"), [MODELS, MODELS[::-1]])
def test_a_model_of_the_other_kind(world, kind, other):
    changes = {"buffer": world.array(f"saved {other}"), "size": world.saved_sizes[other]}
    require_refusal(world, f"descent_{kind}_load", changes, CORRUPT, list(MODELS))


@pytest.mark.parametrize("target", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["descent_dataset_check", *WITH_TARGETS])
def test_target_that_is_not_finite(world, name, target):
    world.arrays["targets"][4, 1] = target
    require_refusal(world, name, {}, NOT_FINITE, ["targets", "row 4", "column 1"])


@pytest.mark.parametrize("weight", [-1e-300, math.nan, math.inf])
@pytest.mark.parametrize("name", ["descent_dataset_check", *WITH_ANSWERS])
def test_weight_out_of_range(world, name, weight):
    world.arrays["sample weights"][3] = weight
    world.data.weights = world.arrays["sample weights"].ctypes.data_as(ctypes.POINTER(ctypes.c_double))
    require_refusal(world, name, {}, INVALID, ["weights[3]"])
    world.arrays["sample weights"][:] = 0
    require_refusal(world, name, {}, INVALID, ["weights", "all are 0"])
    world.arrays["sample weights"][:] = 1e308
    require_refusal(world, name, {}, INVALID, ["weights", "overflow"])


@pytest.mark.parametrize("target", [-1e-30, 1.0000001, 2, math.inf, -math.inf])
def test_logistic_target_outside_its_range(world, target):
    world.arrays["targets"][4, 1] = target
    require_refusal(world, "descent_loss_regress", {"loss": 23}, INVALID, ["targets[", "[0, 1]"])


@pytest.mark.parametrize("target", [-1e-30, math.nan, math.inf, -math.inf])
def test_poisson_target_outside_its_range(world, target):
    world.arrays["targets"][:] = 1
    world.arrays["targets"][4, 1] = target
    require_refusal(world, "descent_loss_regress", {"loss": 27}, INVALID, ["targets[", "[0, inf)"])


@pytest.mark.parametrize(
    "changes",
    [
        {"tensors[1].rows": HUGE, "tensors[1].columns": HUGE},
        {"tensors[1].rows": 2**64 - 1, "tensors[1].columns": 2**64 - 1},
        {"tensors[1].rows": 1, "tensors[1].columns": HUGE},
        {"tensors[1].rows": 2**32, "tensors[1].columns": 2**32},
    ],
)
def test_size_that_overflows_in_the_first_step(world, changes):
    # The good tensor comes first, and must not have been stepped.
    changes = {"optimizer": lambda w: w.fresh_optimizer, **changes}
    require_refusal(world, "descent_optimizer_step", changes, INVALID, ["tensor 1"])


@pytest.mark.parametrize("name", ["state", "state_shape", "tensor"])
def test_tensors_before_the_first_step(world, name):
    change = {"optimizer": lambda w: w.fresh_optimizer}
    require_refusal(world, f"descent_optimizer_{name}", change, INVALID, ["tensor", "step"])


def test_ranges_of_all_options_are_kept():
    minimum, maximum, default, found = (ctypes.c_double() for _ in range(4))
    checked = 0
    for algorithm in map(library.descent_algorithm_at, range(library.descent_algorithm_count())):
        optimizer = World().pointers[2]
        require_ok(library.descent_optimizer_create(algorithm, ctypes.byref(optimizer)))
        for option in map(library.descent_option_at, range(library.descent_option_count())):
            status = library.descent_option_range(
                algorithm, option, ctypes.byref(minimum), ctypes.byref(maximum), ctypes.byref(default)
            )
            if status == UNSUPPORTED:
                assert library.descent_optimizer_set(optimizer, option, 0.0) == UNSUPPORTED
                continue
            require_ok(status)
            require_ok(library.descent_optimizer_get(optimizer, option, ctypes.byref(found)))
            assert found.value == default.value
            accepted = [minimum.value, min(maximum.value, np.finfo(float).max)]
            for value in accepted:
                require_ok(library.descent_optimizer_set(optimizer, option, value))
            outside = [np.nextafter(minimum.value, -math.inf), np.nextafter(maximum.value, math.inf), *NANS]
            for value in outside:
                assert library.descent_optimizer_set(optimizer, option, value) == INVALID
                assert library.descent_option_name(option) in library.descent_last_error()
                require_ok(library.descent_optimizer_get(optimizer, option, ctypes.byref(found)))
                assert found.value == accepted[-1]
            # Another dialect would have other defaults.
            require_ok(library.descent_optimizer_set(optimizer, option, default.value))
            checked += 1
        library.descent_optimizer_free(optimizer)
    # Each algorithm has 18 options of the library's, and a learning rate.
    assert checked > library.descent_algorithm_count() * 19


def test_null_and_unknown_values_where_nothing_can_fail():
    library.descent_optimizer_free(None)
    library.descent_classifier_free(None)
    library.descent_sampler_free(None)
    library.descent_fit_options_init(None)
    library.descent_range_options_init(None)
    assert library.descent_sampler_batches(None) == 0
    assert library.descent_optimizer_algorithm(None) == 0
    assert library.descent_optimizer_step_count(None) == 0
    for value in NO_ENUM:
        assert library.descent_option_is_switch(value) is False
        assert library.descent_loss_takes_labels(value) is False
        for function in ("algorithm_name", "option_name", "loss_name", "algorithm_title", "algorithm_formula"):
            assert getattr(library, f"descent_{function}")(value) is None
        assert library.descent_algorithm_state_name(value, 0) is None
        assert library.descent_algorithm_kept_name(value, 0) is None
    assert library.descent_algorithm_kept_name(12, 0) == b"momentum_product"
    for index in (1, 2**64 - 1):
        assert library.descent_algorithm_kept_name(12, index) is None
    assert library.descent_algorithm_state_name(ADAM, 1) == b"v"
    assert library.descent_algorithm_state_name(ADAM, 2) == b"v_max"
    for index in (3, 2**64 - 1):
        assert library.descent_algorithm_state_name(ADAM, index) is None
    for kind in ("algorithm", "option", "loss"):
        count = getattr(library, f"descent_{kind}_count")()
        for index in (count, 2**64 - 1):
            assert getattr(library, f"descent_{kind}_at")(index) == 0
    for status in (-1, 11, 2**31 - 1):
        assert library.descent_status_name(status) == b"DESCENT_ERROR_UNKNOWN"
    for name, status in header.ENUMS["descent_status"].items():
        assert library.descent_status_name(status) == name.encode()


def test_error_text_belongs_to_a_thread_and_outlives_success(world):
    texts = []

    def watch():
        texts.append(library.descent_last_error())
        library.descent_optimizer_reset(None)
        texts.append(library.descent_last_error())

    assert library.descent_optimizer_set(world.optimizer, LEARNING_RATE, -1) == INVALID
    thread = threading.Thread(target=watch)
    thread.start()
    thread.join()
    assert texts[0] == b""
    assert b"optimizer" in texts[1]
    require_ok(library.descent_optimizer_set(world.optimizer, LEARNING_RATE, 1))
    assert b"learning_rate" in library.descent_last_error()
