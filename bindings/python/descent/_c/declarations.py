"""The C interface of include/descent.h in ctypes: its structs, its handles, and the types of every function."""

import ctypes
from ctypes import POINTER, c_bool, c_char_p, c_double, c_float, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any

FLOAT32, FLOAT64, UINT8, FLOAT16, BFLOAT16, QUANTIZED8, QUANTIZED8_UNSIGNED = 1, 2, 3, 4, 5, 6, 7
INT32, INT64, UINT32, UINT64 = 16, 17, 18, 19

# Every enum of the interface is 4 bytes wide and is passed as this.
Enumeration = c_int32
Status = c_int32


class OptimizerStruct(ctypes.Structure):
    """descent_optimizer: opaque."""


class ClassifierStruct(ctypes.Structure):
    """descent_classifier: opaque."""


class RegressorStruct(ctypes.Structure):
    """descent_regressor: opaque."""


class SamplerStruct(ctypes.Structure):
    """descent_sampler: opaque."""


# Types of their own, so that ctypes refuses one handle in the place of another.
OptimizerPointer = POINTER(OptimizerStruct)
ClassifierPointer = POINTER(ClassifierStruct)
RegressorPointer = POINTER(RegressorStruct)
SamplerPointer = POINTER(SamplerStruct)


class Tensor(ctypes.Structure):
    """descent_tensor: parameters and their gradient."""

    _fields_ = (
        ("values", c_void_p),
        ("gradient", c_void_p),
        ("rows", c_size_t),
        ("columns", c_size_t),
        ("dtype", Enumeration),
        ("group", c_uint32),
    )


class Parameter(ctypes.Structure):
    """descent_parameter: the same with more to say."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("group", c_uint32),
        ("values", c_void_p),
        ("gradient", c_void_p),
        ("rows", c_size_t),
        ("columns", c_size_t),
        ("dtype", Enumeration),
        ("gradient_dtype", Enumeration),
        ("copy", c_void_p),
        ("copy_dtype", Enumeration),
        ("reserved", c_uint32),
        ("row_indices", c_void_p),
        ("row_count", c_size_t),
    )


class HealthRecord(ctypes.Structure):
    """descent_health: what an optimizer's steps did."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("step", c_uint64),
        ("gradient_norm", c_double),
        ("update_norm", c_double),
        ("parameter_norm", c_double),
        ("update_ratio", c_double),
        ("update_cosine", c_double),
        ("zero_fraction", c_double),
        ("clipped_steps", c_uint64),
        ("skipped_steps", c_uint64),
        ("not_finite", c_uint64),
        ("state_not_finite", c_uint64),
    )


class SavedEntry(ctypes.Structure):
    """descent_saved_entry: a named number or array among saved bytes."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("dtype", Enumeration),
        ("name", c_char_p),
        ("data", c_void_p),
        ("rows", c_size_t),
        ("columns", c_size_t),
        ("rank", c_uint32),
        ("reserved", c_uint32),
    )


# Of a communicator: partner, what is sent, where to what is received, how many bytes, context.
ExchangeFunction = ctypes.CFUNCTYPE(c_int32, c_int32, c_void_p, c_void_p, c_size_t, c_void_p)


class Communicator(ctypes.Structure):
    """descent_communicator: one of several processes, and its way to reach the others."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("rank", c_int32),
        ("size", c_int32),
        ("exchange", ExchangeFunction),
        ("context", c_void_p),
    )


class Dataset(ctypes.Structure):
    """descent_dataset: samples, and what is known about them."""

    borrowed: Any = None  # keeps the arrays alive whose addresses the fields hold
    link: Any = None  # and what is behind the communicator

    _fields_ = (
        ("struct_size", c_uint32),
        ("dtype", Enumeration),
        ("features", c_void_p),
        ("labels", POINTER(c_int32)),
        ("samples", c_size_t),
        ("dimension", c_size_t),
        ("scale", c_float),
        ("offset", c_float),
        ("targets", c_void_p),
        ("target_dtype", Enumeration),
        ("reserved", c_uint32),
        ("weights", POINTER(c_double)),
        ("row_starts", c_void_p),
        ("column_indices", c_void_p),
        ("stored_count", c_size_t),
        ("communicator", POINTER(Communicator)),
        ("shards", c_uint32),
        ("reserved_2", c_uint32),
    )


class FitReport(ctypes.Structure):
    """descent_progress_report: what a fit tells its callback."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("epoch", c_uint32),
        ("step", c_uint64),
        ("step_total", c_uint64),
        ("loss", c_double),
        ("learning_rate", c_double),
        ("gradient_norm", c_double),
        ("update_ratio", c_double),
        ("seconds", c_double),
        ("epoch_end", c_bool),
        ("plateau", c_bool),
        ("update_cosine", c_double),
        ("zero_fraction", c_double),
        ("noise_scale", c_double),
        ("validation_loss", c_double),
    )


class FitOptions(ctypes.Structure):
    """descent_fit_options: how a fit goes through its samples."""

    link: Any = None  # keeps alive what is behind the communicator

    _fields_ = (
        ("struct_size", c_uint32),
        ("epochs", c_uint32),
        ("batch_size", c_uint32),
        ("seed", c_uint64),
        ("sampling", c_int32),
        ("reserved", c_uint32),
        ("standardize", c_int32),
        ("check_features", c_int32),
        ("validation", POINTER(Dataset)),
        ("patience", c_uint32),
        ("average", c_int32),
        ("tolerance", c_double),
        ("l1", c_double),
        ("dense_steps", c_int32),
        ("reserved2", c_uint32),
        ("communicator", POINTER(Communicator)),
        ("shards", c_uint32),
        ("check_ranks", c_int32),
    )


class FitResult(ctypes.Structure):
    """descent_fit_result: how a fit ended."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("reason", c_int32),
        ("epochs", c_uint32),
        ("best_epoch", c_uint32),
        ("steps", c_uint64),
        ("first_loss", c_double),
        ("loss", c_double),
        ("best_loss", c_double),
        ("is_amiss", c_int32),
        ("reserved", c_uint32),
        ("largest_feature", c_size_t),
        ("largest_magnitude", c_double),
    )


class RangeOptions(ctypes.Structure):
    """descent_range_options: how a learning-rate range test goes."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("steps", c_uint32),
        ("minimum", c_double),
        ("maximum", c_double),
    )


class StopCriteria(ctypes.Structure):
    """descent_stop: when to stop minimizing."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("max_steps", c_uint64),
        ("gradient_tolerance", c_double),
        ("value_tolerance", c_double),
        ("target_value", c_double),
        ("max_seconds", c_double),
        ("best_x", POINTER(c_double)),
        ("return_best", c_uint32),
        ("reserved_2", c_uint32),
    )


class SearchOutcome(ctypes.Structure):
    """descent_result: how minimizing or searching ended."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("reason", Enumeration),
        ("steps", c_uint64),
        ("evaluations", c_uint64),
        ("value", c_double),
        ("gradient_norm", c_double),
        ("seconds", c_double),
        ("best_value", c_double),
    )


class GradientComparison(ctypes.Structure):
    """descent_gradient_report: what a gradient check found."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("max_relative_error", c_double),
        ("worst_index", c_size_t),
        ("analytic", c_double),
        ("numeric", c_double),
        ("checked", c_size_t),
        ("suspected_kinks", c_size_t),
        ("undetermined", c_size_t),
        ("undetermined_index", c_size_t),
        ("value", c_double),
        ("noise", c_double),
    )


class SearchOptions(ctypes.Structure):
    """descent_search_options: how a random search goes."""

    _fields_ = (
        ("struct_size", c_uint32),
        ("mode", c_int32),
        ("trials", c_uint64),
        ("seed", c_uint64),
        ("scale", c_double),
    )


ProgressFunction = ctypes.CFUNCTYPE(c_int32, POINTER(FitReport), c_void_p)
ObjectiveFunction = ctypes.CFUNCTYPE(c_double, c_size_t, POINTER(c_double), POINTER(c_double), c_void_p)

Share = ctypes.CFUNCTYPE(None, c_size_t, c_void_p)
ParallelFor = ctypes.CFUNCTYPE(None, c_size_t, Share, c_void_p, c_void_p)

_doubles = POINTER(c_double)
_floats = POINTER(c_float)
_labels = POINTER(c_int32)
_sizes = POINTER(c_size_t)
_dataset = POINTER(Dataset)


def _of_models(kind: str, model: Any, predictions: Any) -> dict[str, tuple[Any, tuple[Any, ...]]]:
    """The functions that classifiers and regressors have in common."""
    fit = (Status, (model, OptimizerPointer, _dataset, POINTER(FitOptions), ProgressFunction, c_void_p))
    range_test = (model, OptimizerPointer, _dataset, POINTER(FitOptions), POINTER(RangeOptions))
    functions: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "free": (None, (model,)),
        "set_l2": (Status, (model, c_double)),
        "initialize": (Status, (model, c_double, c_uint64)),
        "fit": fit,
        "resume": fit,
        "fit_result": (Status, (model, POINTER(FitResult))),
        "choose_optimizer": (Status, (model, _dataset, POINTER(FitOptions), POINTER(OptimizerPointer))),
        "learning_rate_range": (Status, (*range_test, _doubles, _doubles, _sizes, _doubles)),
        "evaluate": (Status, (model, _dataset, _doubles, _doubles)),
        "loss_gradient": (Status, (model, _dataset, _doubles, _floats, _floats)),
        "scores": (Status, (model, _dataset, _floats)),
        "predict": (Status, (model, _dataset, predictions)),
        "parameters": (Status, (model, POINTER(_floats), POINTER(_floats))),
        "exact_parameters": (Status, (model, _doubles, _doubles)),
    }
    return {f"descent_{kind}_{name}": signature for name, signature in functions.items()}


def _gradient_check(model: Any) -> tuple[Any, tuple[Any, ...]]:
    return Status, (model, _dataset, c_double, c_size_t, c_uint64, POINTER(GradientComparison))


def _random_search(model: Any) -> tuple[Any, tuple[Any, ...]]:
    return Status, (model, _dataset, POINTER(SearchOptions), ProgressFunction, c_void_p, POINTER(SearchOutcome))


# Name: (result, arguments), in the order of the header.
FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "descent_version": (c_uint32, ()),
    "descent_version_string": (c_char_p, ()),
    "descent_status_name": (c_char_p, (Status,)),
    "descent_last_error": (c_char_p, ()),
    "descent_active_isa": (c_char_p, ()),
    "descent_set_thread_count": (Status, (c_int32,)),
    "descent_thread_count": (c_int32, ()),
    "descent_set_parallel_for": (Status, (ParallelFor, c_void_p)),
    "descent_optimizer_create": (Status, (Enumeration, POINTER(OptimizerPointer))),
    "descent_optimizer_free": (None, (OptimizerPointer,)),
    "descent_optimizer_algorithm": (Enumeration, (OptimizerPointer,)),
    "descent_optimizer_set": (Status, (OptimizerPointer, Enumeration, c_double)),
    "descent_optimizer_get": (Status, (OptimizerPointer, Enumeration, _doubles)),
    "descent_optimizer_set_group": (Status, (OptimizerPointer, c_uint32, Enumeration, c_double)),
    "descent_optimizer_get_group": (Status, (OptimizerPointer, c_uint32, Enumeration, _doubles)),
    "descent_optimizer_group_count": (c_size_t, (OptimizerPointer,)),
    "descent_optimizer_group_at": (c_uint32, (OptimizerPointer, c_size_t)),
    "descent_optimizer_is_set": (c_bool, (OptimizerPointer, c_uint32, Enumeration)),
    "descent_optimizer_learning_rate": (Status, (OptimizerPointer, _doubles)),
    "descent_optimizer_report_loss": (Status, (OptimizerPointer, c_double)),
    "descent_optimizer_step": (Status, (OptimizerPointer, POINTER(Tensor), c_size_t)),
    "descent_optimizer_step_parameters": (Status, (OptimizerPointer, POINTER(Parameter), c_size_t)),
    "descent_optimizer_use_average": (Status, (OptimizerPointer, POINTER(Tensor), c_size_t, c_bool)),
    "descent_optimizer_step_count": (c_uint64, (OptimizerPointer,)),
    "descent_optimizer_reset": (Status, (OptimizerPointer,)),
    "descent_optimizer_health": (Status, (OptimizerPointer, POINTER(HealthRecord))),
    "descent_optimizer_state": (Status, (OptimizerPointer, c_size_t, c_char_p, POINTER(c_void_p), _sizes)),
    "descent_optimizer_state_dtype": (
        Status,
        (OptimizerPointer, c_size_t, c_char_p, POINTER(Enumeration)),
    ),
    "descent_optimizer_widen_state": (Status, (OptimizerPointer, c_size_t, c_char_p, _doubles, c_size_t)),
    "descent_optimizer_narrow_state": (Status, (OptimizerPointer, c_size_t, c_char_p, _doubles, c_size_t)),
    "descent_optimizer_state_shape": (Status, (OptimizerPointer, c_size_t, c_char_p, _sizes, _sizes)),
    "descent_optimizer_tensor_number": (Status, (OptimizerPointer, c_size_t, c_uint32, c_char_p, _doubles)),
    "descent_optimizer_set_tensor_number": (Status, (OptimizerPointer, c_size_t, c_uint32, c_char_p, c_double)),
    "descent_optimizer_prepare": (Status, (OptimizerPointer, POINTER(Parameter), c_size_t)),
    "descent_optimizer_tensor_count": (c_size_t, (OptimizerPointer,)),
    "descent_optimizer_tensor": (Status, (OptimizerPointer, c_size_t, _sizes, _sizes, POINTER(Enumeration))),
    "descent_algorithm_name": (c_char_p, (Enumeration,)),
    "descent_algorithm_from_name": (Status, (c_char_p, POINTER(Enumeration))),
    "descent_option_name": (c_char_p, (Enumeration,)),
    "descent_option_from_name": (Status, (c_char_p, POINTER(Enumeration))),
    "descent_algorithm_count": (c_size_t, ()),
    "descent_algorithm_at": (Enumeration, (c_size_t,)),
    "descent_option_count": (c_size_t, ()),
    "descent_option_at": (Enumeration, (c_size_t,)),
    "descent_option_range": (Status, (Enumeration, Enumeration, _doubles, _doubles, _doubles)),
    "descent_option_is_switch": (c_bool, (Enumeration,)),
    "descent_algorithm_title": (c_char_p, (Enumeration,)),
    "descent_algorithm_formula": (c_char_p, (Enumeration,)),
    "descent_algorithm_state_name": (c_char_p, (Enumeration, c_size_t)),
    "descent_algorithm_kept_name": (c_char_p, (Enumeration, c_size_t)),
    "descent_algorithm_is_batch": (c_bool, (Enumeration,)),
    "descent_algorithm_is_for_models": (c_bool, (Enumeration,)),
    "descent_algorithm_state_shape": (Status, (Enumeration, c_size_t, c_size_t, c_size_t, _sizes, _sizes)),
    "descent_loss_classify": (
        Status,
        (Enumeration, Enumeration, c_size_t, c_size_t, c_void_p, _labels, c_void_p, _doubles),
    ),
    "descent_loss_regress": (
        Status,
        (Enumeration, Enumeration, c_size_t, c_size_t, c_void_p, c_void_p, c_void_p, _doubles),
    ),
    "descent_loss_regress_with": (
        Status,
        (Enumeration, c_double, Enumeration, c_size_t, c_size_t, c_void_p, c_void_p, c_void_p, _doubles),
    ),
    "descent_loss_parameter_name": (c_char_p, (Enumeration,)),
    "descent_loss_parameter_range": (Status, (Enumeration, _doubles, _doubles, _doubles)),
    "descent_loss_takes_labels": (c_bool, (Enumeration,)),
    "descent_loss_name": (c_char_p, (Enumeration,)),
    "descent_loss_from_name": (Status, (c_char_p, POINTER(Enumeration))),
    "descent_loss_count": (c_size_t, ()),
    "descent_loss_at": (Enumeration, (c_size_t,)),
    "descent_communicator_sum": (Status, (POINTER(Communicator), Enumeration, c_void_p, c_size_t)),
    "descent_dataset_check": (Status, (_dataset, c_size_t)),
    "descent_fit_options_init": (None, (POINTER(FitOptions),)),
    "descent_range_options_init": (None, (POINTER(RangeOptions),)),
    "descent_classifier_create": (Status, (c_size_t, c_size_t, Enumeration, POINTER(ClassifierPointer))),
    "descent_classifier_create_binary": (Status, (c_size_t, Enumeration, POINTER(ClassifierPointer))),
    **_of_models("classifier", ClassifierPointer, _labels),
    "descent_regressor_create": (Status, (c_size_t, c_size_t, Enumeration, POINTER(RegressorPointer))),
    "descent_regressor_set_loss_parameter": (Status, (RegressorPointer, c_double)),
    **_of_models("regressor", RegressorPointer, _floats),
    "descent_minimize": (
        Status,
        (
            OptimizerPointer,
            c_size_t,
            _doubles,
            ObjectiveFunction,
            c_void_p,
            POINTER(StopCriteria),
            ProgressFunction,
            c_void_p,
            POINTER(SearchOutcome),
        ),
    ),
    "descent_minimize_numerically": (
        Status,
        (
            OptimizerPointer,
            c_size_t,
            _doubles,
            ObjectiveFunction,
            c_void_p,
            Enumeration,
            c_double,
            POINTER(StopCriteria),
            ProgressFunction,
            c_void_p,
            POINTER(SearchOutcome),
        ),
    ),
    "descent_minimize_bounded": (
        Status,
        (
            OptimizerPointer,
            c_size_t,
            _doubles,
            _doubles,
            _doubles,
            ObjectiveFunction,
            c_void_p,
            POINTER(StopCriteria),
            ProgressFunction,
            c_void_p,
            POINTER(SearchOutcome),
        ),
    ),
    "descent_minimize_bounded_numerically": (
        Status,
        (
            OptimizerPointer,
            c_size_t,
            _doubles,
            _doubles,
            _doubles,
            ObjectiveFunction,
            c_void_p,
            Enumeration,
            c_double,
            POINTER(StopCriteria),
            ProgressFunction,
            c_void_p,
            POINTER(SearchOutcome),
        ),
    ),
    "descent_learning_rate_range": (
        Status,
        (
            OptimizerPointer,
            c_size_t,
            _doubles,
            ObjectiveFunction,
            c_void_p,
            POINTER(RangeOptions),
            _doubles,
            _doubles,
            _sizes,
            _doubles,
        ),
    ),
    "descent_numeric_gradient": (
        Status,
        (c_size_t, _doubles, ObjectiveFunction, c_void_p, Enumeration, c_double, _doubles),
    ),
    "descent_gradient_check": (
        Status,
        (c_size_t, _doubles, ObjectiveFunction, c_void_p, c_double, POINTER(GradientComparison)),
    ),
    "descent_gradient_check_subset": (
        Status,
        (c_size_t, _doubles, ObjectiveFunction, c_void_p, c_double, c_size_t, c_uint64, POINTER(GradientComparison)),
    ),
    "descent_classifier_gradient_check": _gradient_check(ClassifierPointer),
    "descent_regressor_gradient_check": _gradient_check(RegressorPointer),
    "descent_random_search": (
        Status,
        (
            c_size_t,
            _doubles,
            ObjectiveFunction,
            c_void_p,
            POINTER(SearchOptions),
            ProgressFunction,
            c_void_p,
            POINTER(SearchOutcome),
        ),
    ),
    "descent_classifier_random_search": _random_search(ClassifierPointer),
    "descent_regressor_random_search": _random_search(RegressorPointer),
    "descent_sampler_create": (Status, (c_size_t, c_size_t, c_int32, _labels, c_uint64, POINTER(SamplerPointer))),
    "descent_sampler_create_weighted": (Status, (c_size_t, c_size_t, _doubles, c_uint64, POINTER(SamplerPointer))),
    "descent_sampler_free": (None, (SamplerPointer,)),
    "descent_sampler_set_drop_last": (Status, (SamplerPointer, c_int32)),
    "descent_sampler_next": (Status, (SamplerPointer, _sizes, _sizes)),
    "descent_sampler_batches": (c_size_t, (SamplerPointer,)),
    "descent_sampler_position": (Status, (SamplerPointer, POINTER(c_uint64), _sizes)),
    "descent_sampler_seek": (Status, (SamplerPointer, c_uint64, c_size_t)),
    "descent_initialize": (Status, (Enumeration, Enumeration, c_size_t, c_size_t, c_double, c_uint64, c_void_p)),
    "descent_optimizer_save_size": (Status, (OptimizerPointer, _sizes)),
    "descent_optimizer_save": (Status, (OptimizerPointer, c_void_p, c_size_t, _sizes)),
    "descent_optimizer_load": (Status, (c_void_p, c_size_t, POINTER(OptimizerPointer))),
    "descent_sampler_save_size": (Status, (SamplerPointer, _sizes)),
    "descent_sampler_save": (Status, (SamplerPointer, c_void_p, c_size_t, _sizes)),
    "descent_sampler_load": (Status, (c_void_p, c_size_t, POINTER(SamplerPointer))),
    "descent_classifier_save_size": (Status, (ClassifierPointer, _sizes)),
    "descent_classifier_save": (Status, (ClassifierPointer, c_void_p, c_size_t, _sizes)),
    "descent_classifier_load": (Status, (c_void_p, c_size_t, POINTER(ClassifierPointer))),
    "descent_regressor_save_size": (Status, (RegressorPointer, _sizes)),
    "descent_regressor_save": (Status, (RegressorPointer, c_void_p, c_size_t, _sizes)),
    "descent_regressor_load": (Status, (c_void_p, c_size_t, POINTER(RegressorPointer))),
    "descent_optimizer_copy": (Status, (OptimizerPointer, POINTER(OptimizerPointer))),
    "descent_sampler_copy": (Status, (SamplerPointer, POINTER(SamplerPointer))),
    "descent_classifier_copy": (Status, (ClassifierPointer, POINTER(ClassifierPointer))),
    "descent_regressor_copy": (Status, (RegressorPointer, POINTER(RegressorPointer))),
    "descent_saved_entries": (Status, (c_void_p, c_size_t, POINTER(SavedEntry), c_size_t, _sizes)),
    "descent_saved_build": (Status, (c_int32, POINTER(SavedEntry), c_size_t, c_void_p, c_size_t, _sizes)),
    "descent_checksum": (c_uint64, (c_void_p, c_size_t)),
}


def declare(library: ctypes.CDLL) -> None:
    """Gives every function of the library its types; AttributeError names the first one that it lacks."""
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
