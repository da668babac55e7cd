"""The ctypes declarations say the same as the C header."""

import ctypes
import re
from ctypes import POINTER

import header
import pytest

import descent
from descent._c import declarations, enumerations, table
from descent._c.library import VERSION, library

C_TYPES = {
    "void": None,
    "bool": ctypes.c_bool,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "double": ctypes.c_double,
    "double*": POINTER(ctypes.c_double),
    "float*": POINTER(ctypes.c_float),
    "float**": POINTER(POINTER(ctypes.c_float)),
    "int32_t": ctypes.c_int32,
    "int32_t*": POINTER(ctypes.c_int32),
    "uint64_t*": POINTER(ctypes.c_uint64),
    "char*": ctypes.c_char_p,
    "void*": ctypes.c_void_p,
    "void**": POINTER(ctypes.c_void_p),
    "size_t*": POINTER(ctypes.c_size_t),
    "descent_tensor*": POINTER(declarations.Tensor),
    "descent_parameter*": POINTER(declarations.Parameter),
    "descent_communicator*": POINTER(declarations.Communicator),
    "descent_dataset*": POINTER(declarations.Dataset),
    "descent_fit_options*": POINTER(declarations.FitOptions),
    "descent_optimizer*": declarations.OptimizerPointer,
    "descent_optimizer**": POINTER(declarations.OptimizerPointer),
    "descent_classifier*": declarations.ClassifierPointer,
    "descent_classifier**": POINTER(declarations.ClassifierPointer),
    "descent_regressor*": declarations.RegressorPointer,
    "descent_regressor**": POINTER(declarations.RegressorPointer),
    "descent_sampler*": declarations.SamplerPointer,
    "descent_sampler**": POINTER(declarations.SamplerPointer),
    "descent_fit_result*": POINTER(declarations.FitResult),
    "descent_health*": POINTER(declarations.HealthRecord),
    "descent_range_options*": POINTER(declarations.RangeOptions),
    "descent_stop*": POINTER(declarations.StopCriteria),
    "descent_result*": POINTER(declarations.SearchOutcome),
    "descent_gradient_report*": POINTER(declarations.GradientComparison),
    "descent_saved_entry*": POINTER(declarations.SavedEntry),
    "descent_search_options*": POINTER(declarations.SearchOptions),
    "descent_parallel_for": declarations.ParallelFor,
    "descent_progress": declarations.ProgressFunction,
    "descent_objective": declarations.ObjectiveFunction,
}

STRUCTS = {
    "descent_tensor": (declarations.Tensor, 40),
    "descent_parameter": (declarations.Parameter, 80),
    "descent_communicator": (declarations.Communicator, 32),
    "descent_dataset": (declarations.Dataset, 112),
    "descent_progress_report": (declarations.FitReport, 104),
    "descent_fit_options": (declarations.FitOptions, 96),
    "descent_fit_result": (declarations.FitResult, 72),
    "descent_health": (declarations.HealthRecord, 96),
    "descent_range_options": (declarations.RangeOptions, 24),
    "descent_stop": (declarations.StopCriteria, 64),
    "descent_result": (declarations.SearchOutcome, 56),
    "descent_gradient_report": (declarations.GradientComparison, 88),
    "descent_search_options": (declarations.SearchOptions, 32),
    "descent_saved_entry": (declarations.SavedEntry, 48),
}


def c_type(text):
    text = text.removeprefix("const ")
    if text.rstrip("*") in header.ENUMS:
        return POINTER(ctypes.c_int32) if text.endswith("*") else ctypes.c_int32
    return C_TYPES[text]


def test_every_function_is_declared():
    assert len(header.FUNCTIONS) > 40
    assert list(declarations.FUNCTIONS) == list(header.FUNCTIONS)


@pytest.mark.parametrize("name", header.FUNCTIONS)
def test_types_of_function(name):
    function = header.FUNCTIONS[name]
    result, arguments = declarations.FUNCTIONS[name]
    assert c_type(function.result) is result
    assert tuple(map(c_type, function.parameters.values())) == arguments


@pytest.mark.parametrize("name", STRUCTS)
def test_fields_of_struct(name):
    kind, size = STRUCTS[name]
    fields = [field[0] for field in kind._fields_]
    # The header may declare several fields of one type in one line.
    assert [field for field in fields if field in header.STRUCTS[name]] == header.STRUCTS[name]
    assert ctypes.sizeof(kind) == size


def test_struct_size_that_the_library_fills_in():
    options = declarations.FitOptions()
    library.descent_fit_options_init(ctypes.byref(options))
    assert options.struct_size == ctypes.sizeof(options)
    assert (options.epochs, options.batch_size, options.seed, options.sampling) == (10, 128, 0, 1)


def test_values_of_enums():
    kinds = [
        kind for kind in vars(descent).values() if isinstance(kind, type) and issubclass(kind, descent.DescentError)
    ]
    by_status = {kind.status: kind for kind in kinds if kind not in (descent.DescentError, descent.NotFittedError)}
    statuses = {value: name for name, value in header.ENUMS["descent_status"].items() if value}
    assert {status: kind("").status_name for status, kind in by_status.items()} == statuses
    dtypes = ("FLOAT32", "FLOAT64", "UINT8", "FLOAT16", "BFLOAT16", "QUANTIZED8", "QUANTIZED8_UNSIGNED")
    dtypes += ("INT32", "INT64", "UINT32", "UINT64")
    assert {f"DESCENT_{name}": getattr(declarations, name) for name in dtypes} == header.ENUMS["descent_dtype"]


@pytest.mark.parametrize(
    ("enum", "prefix", "names"),
    [
        ("descent_dialect", "", enumerations.DIALECTS),
        ("descent_schedule", "SCHEDULE_", enumerations.SCHEDULES),
        ("descent_not_finite_policy", "", enumerations.NOT_FINITE_POLICIES),
        ("descent_average", "AVERAGE_", enumerations.AVERAGES),
        ("descent_sampling", "SAMPLE_", enumerations.SAMPLINGS),
        ("descent_difference", "", enumerations.DIFFERENCES),
        ("descent_search_mode", "SEARCH_", enumerations.SEARCH_MODES),
        ("descent_initializer", "INITIALIZE_", enumerations.INITIALIZERS),
    ],
)
def test_names_of_enums(enum, prefix, names):
    assert {f"DESCENT_{prefix}{name.upper()}": value for name, value in names.items()} == header.ENUMS[enum]


def test_names_of_reasons():
    # These have four prefixes.
    expected = {
        re.sub("^DESCENT_(REACHED_|STOPPED_BY_|REASON_)?", "", name).lower(): value
        for name, value in header.ENUMS["descent_reason"].items()
    }
    assert expected == enumerations.REASONS


@pytest.mark.parametrize(
    ("enum", "listed"),
    [
        ("descent_algorithm", lambda: {a.value: a.name for a in table.ALGORITHMS.values()}),
        ("descent_loss", lambda: {loss.value: loss.name for loss in table.LOSSES.values()}),
        (
            "descent_option",
            lambda: {o.value: o.name for a in table.ALGORITHMS.values() for o in a.options.values()},
        ),
    ],
)
def test_tables_hold_what_the_header_lists(enum, listed):
    expected = {value: name.removeprefix("DESCENT_").lower() for name, value in header.ENUMS[enum].items()}
    assert listed() == expected


def test_losses_with_labels_are_told_from_those_with_targets():
    with_labels = [loss.name for loss in table.LOSSES.values() if loss.takes_labels]
    assert with_labels == [
        *("softmax_cross_entropy", "multiclass_hinge", "squared_hinge"),
        *("one_vs_rest_hinge", "one_vs_rest_squared_hinge", "one_vs_rest_logistic"),
    ]


def test_version():
    assert descent.__version__ == VERSION == descent.library_version()
    major, minor, patch = map(int, VERSION.split("."))
    assert library.descent_version() == 10000 * major + 100 * minor + patch
