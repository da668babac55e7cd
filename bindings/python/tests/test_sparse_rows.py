"""CSR rows in linear models, against the same rows stored in full."""

import ctypes

import numpy as np
import pytest
from linear_models import (
    INVALID,
    KINDS,
    NOT_FINITE,
    NULL_POINTER,
    Model,
    Optimizer,
    RefusedError,
    dataset,
    mean_loss,
    sparse_dataset,
    stored_rows,
)
from sparse_cases import SHAPES, Case, random_matrix

CLOSE = {"rtol": 2e-5, "atol": 2e-5}


def compare(case):
    """Everything that looks at data without changing the model."""
    model = case.model
    np.testing.assert_allclose(model.scores(case.sparse), model.scores(case.full), **CLOSE)
    np.testing.assert_allclose(model.evaluate(case.sparse), model.evaluate(case.full), **CLOSE)
    for mine, other in zip(model.gradient(case.sparse), model.gradient(case.full), strict=True):
        np.testing.assert_allclose(mine, other, rtol=2e-5, atol=3e-6)
    np.testing.assert_allclose(model.predict(case.sparse), model.predict(case.full), **CLOSE)


@pytest.mark.parametrize(("loss", "binary"), KINDS)
@pytest.mark.parametrize("weighted", [False, True])
def test_what_a_model_says_of_sparse_rows(loss, binary, weighted):
    weights = np.random.default_rng(2).integers(0, 3, 90).astype(float) if weighted else None
    case = Case(loss, binary=binary, l2=0.01, weights=weights)
    compare(case)
    answers = case.sparse.borrowed[-3] if case.model.kind == "classifier" else case.sparse.borrowed[-2]
    assert case.model.evaluate(case.sparse)[0] == pytest.approx(
        mean_loss(case.model, case.matrix, answers, weights), rel=1e-6
    )
    error, checked = case.model.check_gradient(case.sparse)
    assert error < max(1e-4, 2 * case.model.check_gradient(case.full)[0])
    assert checked == 42 * case.model.outputs


@pytest.mark.parametrize("outputs", SHAPES)
def test_numbers_of_outputs(outputs):
    compare(Case("squared_error", outputs))


@pytest.mark.parametrize("samples", [8, 32, 33, 1024, 1025, 3000])
def test_numbers_of_samples(samples):
    compare(Case(matrix=random_matrix(samples)))


def test_a_row_longer_than_a_block():
    random = np.random.default_rng(3)
    matrix = random.normal(size=(9, 300_000)).astype(np.float32) / 1000
    compare(Case("squared_error", 2, matrix=matrix))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8, np.float16, "bfloat16", None])
@pytest.mark.parametrize("scale", [1.0, 0.25])
def test_types_of_values(dtype, scale):
    case = Case()
    starts, columns, values = stored_rows(case.matrix)
    number = None
    if dtype is None:
        values, seen = None, np.ones(len(values), np.float32)
    elif dtype == "bfloat16":
        values, number = (values.view(np.uint32) >> 16).astype(np.uint16), 5
        seen = (values.astype(np.uint32) << 16).view(np.float32)
    else:
        values = (np.abs(values) * 40).astype(dtype) if dtype == np.uint8 else values.astype(dtype)
        seen, number = values.astype(np.float32), 4 if dtype == np.float16 else None
    data = sparse_dataset((starts, columns, values), 41, dtype=number, scale=scale, **case.others)
    matrix = np.zeros_like(case.matrix)
    matrix[np.repeat(np.arange(len(starts) - 1), np.diff(starts)), columns] = seen * scale
    full = dataset(matrix, **case.others)
    np.testing.assert_allclose(case.model.scores(data), case.model.scores(full), **CLOSE)


def test_rows_that_do_not_begin_at_0():
    case = Case()
    starts, columns, values = stored_rows(case.matrix)
    some = sparse_dataset((starts[20:61].copy(), columns, values), 41)
    np.testing.assert_allclose(case.model.scores(some), case.model.scores(case.full)[20:60], **CLOSE)


def test_nothing_stored():
    model = Model("softmax_cross_entropy", 5, 3)
    model.set_weights(1, [1, 2, 3])
    data = sparse_dataset((np.zeros(5, np.int64), np.zeros(0, np.int32), None), 5, labels=[0, 1, 2, 2])
    data.column_indices = None
    assert model.scores(data).tolist() == [[1, 2, 3]] * 4
    assert not model.gradient(data)[1].any()
    model.fit(Optimizer("sgd"), data)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "lbfgs", "conjugate_gradient"])
def test_fits_with_full_steps(optimizer):
    case, other = Case(l2=0.01), Case(l2=0.01)
    batch = 0 if optimizer in {"lbfgs", "conjugate_gradient"} else 16
    for of, data in ((case, case.sparse), (other, other.full)):
        of.model.fit(Optimizer(optimizer), data, batch_size=batch, dense_steps=1)
    np.testing.assert_allclose(case.model.weights[0], other.model.weights[0], rtol=1e-3, atol=1e-4)


def test_a_large_problem_by_a_batch_method():
    """Too large to be copied in double."""
    matrix = random_matrix(3000, 200, density=0.05)
    results = []
    for kind in ("sparse", "full"):
        case = Case("squared_hinge", 4, matrix=matrix, l2=0.001)
        case.model.set_weights(0, 0)
        case.model.fit(Optimizer("lbfgs"), getattr(case, kind), batch_size=0, epochs=60)
        results.append(case.model.evaluate(case.full)[0])
    assert results[0] == pytest.approx(results[1], rel=1e-4)


def test_a_model_that_is_standardized_by_full_rows():
    case = Case()
    case.matrix[:, 2] += 3
    case.model.fit(Optimizer("sgd"), dataset(case.matrix, **case.others), standardize=1)
    rows = sparse_dataset(stored_rows(case.matrix), 41, **case.others)
    case.full, case.sparse = dataset(case.matrix, **case.others), rows
    compare(case)


def test_standardizing_scales_only():
    case = Case()
    case.model.set_weights(0, 0)
    case.model.fit(Optimizer("sgd"), case.sparse, standardize=1, batch_size=0, epochs=1)
    moved = case.model.weights[0].copy()
    deviation = case.matrix.astype(np.float64).std(0)
    plain = Case()
    plain.model.set_weights(0, 0)
    _, gradient, _ = plain.model.gradient(plain.full)
    factor = np.where(deviation > 0, 1 / np.where(deviation > 0, deviation, 1), 1)
    np.testing.assert_allclose(moved, -0.01 * gradient * factor[:, None] ** 2, rtol=1e-4, atol=1e-8)


def test_the_other_functions():
    case = Case()
    rates, losses, _ = case.model.rates(Optimizer("sgd"), case.sparse, batch_size=16)
    others = case.model.rates(Optimizer("sgd"), case.full, batch_size=16)
    np.testing.assert_allclose(losses[:30], others[1][:30], rtol=1e-4)
    assert len(rates) == 50
    optimizer, options = case.model.choose(case.sparse)
    case.model.set_weights(0, 0)
    before = case.model.evaluate(case.sparse)[0]
    case.model.fit(optimizer, case.sparse, options=options)
    assert case.model.evaluate(case.sparse)[0] < 0.9 * before


def bad(**changes):
    """A sparse data set with something changed, and what it is refused with."""
    starts, columns, values = (
        np.array([0, 2, 2, 5], np.int64),
        np.array([0, 3, 1, 2, 4], np.int32),
        np.ones(5, np.float32),
    )
    for name, (place, value) in changes.items():
        {"starts": starts, "columns": columns, "values": values}[name][place] = value
    return sparse_dataset((starts, columns, values), 5, labels=[0, 1, 2])


BAD = [
    (bad(starts=(0, -1)), INVALID, "data: row_starts[0]: -1 is below 0"),
    (bad(starts=(1, 3)), INVALID, "data: row_starts[2]: 2 is below row_starts[1], 3"),
    (bad(starts=(3, 1)), INVALID, "data: row_starts[3]: 1 is below row_starts[2], 2"),
    (bad(starts=(3, 6)), INVALID, "data: row_starts[3]: 6 is above stored_count, 5"),
    (bad(starts=(3, 2**62)), INVALID, "data: row_starts[3]: 4611686018427387904 is above stored_count, 5"),
    (bad(starts=(2, -(2**63))), INVALID, "data: row_starts[2]: -9223372036854775808 is below row_starts[1], 2"),
    (bad(columns=(1, 5)), INVALID, "data: column_indices: row 0: column 5 is outside [0, 5)"),
    (bad(columns=(3, -1)), INVALID, "data: column_indices: row 2: column -1 is outside [0, 5)"),
    (bad(columns=(4, 2**31 - 1)), INVALID, "data: column_indices: row 2: column 2147483647 is outside [0, 5)"),
    (
        bad(columns=(1, 0)),
        INVALID,
        "data: column_indices: row 0: column 0 comes after column 0, but columns must rise in a row",
    ),
    (
        bad(columns=(3, 0)),
        INVALID,
        "data: column_indices: row 2: column 0 comes after column 1, but columns must rise in a row",
    ),
]


@pytest.mark.parametrize(("data", "status", "text"), BAD)
def test_bad_rows(data, status, text):
    model = Model("softmax_cross_entropy", 5, 3)
    before = model.bits
    for call in (
        lambda: model.evaluate(data),
        lambda: model.scores(data),
        lambda: model.predict(data),
        lambda: model.gradient(data),
        lambda: model.check_gradient(data),
        lambda: model.fit(Optimizer("sgd"), data),
        lambda: model.choose(data),
        lambda: model.rates(Optimizer("sgd"), data),
        lambda: model.fit(Optimizer("sgd"), bad(), validation=data),
    ):
        with pytest.raises(RefusedError) as refusal:
            call()
        assert (refusal.value.status, refusal.value.text) == (status, text)
    assert model.bits == before


def test_other_bad_members():
    model = Model("softmax_cross_entropy", 5, 3)
    for name, value, status, text in (
        ("column_indices", None, NULL_POINTER, "data: column_indices is NULL"),
        ("row_starts", None, NULL_POINTER, "data: row_starts is NULL, but column_indices is not"),
        ("offset", 1.0, INVALID, "data: offset: 1 is not 0, as it must be with row_starts"),
        ("samples", 0, INVALID, "data: samples: 0 is outside [1, inf)"),
        ("samples", 2**61, INVALID, "data: samples: 2305843009213693952 overflows"),
        ("scale", np.inf, INVALID, "data: scale: inf is not finite"),
        ("dtype", 6, INVALID, "data: dtype: 6 is none of"),
    ):
        data = bad()
        setattr(data, name, value)
        with pytest.raises(RefusedError) as refusal:
            model.evaluate(data)
        assert refusal.value.status == status
        assert refusal.value.text.startswith(text)


def test_a_start_that_overflows_without_a_stored_count():
    data = bad(starts=(3, 2**61))
    data.stored_count = 0
    with pytest.raises(RefusedError, match=r"row_starts\[3\]: 2305843009213693952 values overflow"):
        Model("softmax_cross_entropy", 5, 3).evaluate(data)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_values_that_are_not_finite(dtype):
    rows = np.array([0, 2, 2, 5], np.int64), np.array([0, 3, 1, 2, 4], np.int32), np.array([1, 1, 1, np.nan, 1], dtype)
    data = sparse_dataset(rows, 5, labels=[0, 1, 2], dtype=4 if dtype == np.float16 else None)
    with pytest.raises(RefusedError) as refusal:
        Model("softmax_cross_entropy", 5, 3).fit(Optimizer("sgd"), data, check_features=1)
    assert refusal.value.status == NOT_FINITE
    assert refusal.value.text == "data: features: row 2, column 2: nan"


def test_the_struct_of_before_is_still_taken():
    case = Case()
    expected = case.model.scores(case.full)
    case.full.struct_size = 72
    assert np.array_equal(case.model.scores(case.full), expected)
    assert ctypes.sizeof(case.full) == 112


@pytest.mark.parametrize("kind", ["sparse", "full"])
def test_a_value_that_float32_cannot_hold(kind):
    case = Case()
    matrix = np.float64(case.matrix)
    matrix[5, 2] = 1e300
    data = dataset(matrix, **case.others) if kind == "full" else sparse_dataset(stored_rows(matrix), 41, **case.others)
    with pytest.raises(RefusedError, match=r"row 5, column 2: 1e\+300 is not finite in float32") as refused:
        case.model.fit(Optimizer("sgd"), data, batch_size=16, check_features=1)
    assert refused.value.status == NOT_FINITE
