"""Methods that see tensors as matrices: what they keep of which tensor, orthogonal steps, limits, bad numbers."""

from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import descent

KINDS = [descent.Adafactor, descent.Muon, descent.Shampoo, descent.SOAP]
SHAPES = {"tall": (9, 4), "wide": (3, 8), "square": (5, 5), "column": (6, 1), "row": (1, 7), "vector": (7,)}


def trained(kind, steps=6, dtype=np.float64, shapes=SHAPES, **options):
    random = np.random.default_rng(4)
    optimizer = kind(**options)
    params = {key: random.normal(size=shape).astype(dtype) for key, shape in shapes.items()}
    for _ in range(steps):
        optimizer.update(params, {key: random.normal(size=shape).astype(dtype) for key, shape in shapes.items()})
    return optimizer, params


@pytest.mark.parametrize(
    ("kind", "state", "of"),
    [
        (descent.Adafactor, "row_mean", lambda r, c: (r, 1)),
        (descent.Adafactor, "column_mean", lambda r, c: (1, c)),
        (descent.Adafactor, "v", None),
        (descent.Muon, "m", "own"),
        (descent.Muon, "v", None),
        (descent.Shampoo, "row_statistics", lambda r, c: (r, r)),
        (descent.Shampoo, "column_root", lambda r, c: (c, c)),
        (descent.SOAP, "row_basis", lambda r, c: (r, r)),
        (descent.SOAP, "column_statistics", lambda r, c: (c, c)),
        (descent.SOAP, "v", "own"),
    ],
)
def test_what_is_kept_of_which_tensor(kind, state, of):
    optimizer, params = trained(kind)
    for key, values in params.items():
        found = optimizer.state(key, state).shape
        if of == "own":
            assert found == values.shape
        elif values.ndim == 1 or len(values) == 1:
            # A vector: of Shampoo's matrices the one of its columns.
            expected = values.shape if of is None else (7, 7) if state == "column_root" else (0, 0)
            assert found == expected
        else:
            assert found == ((0, 0) if of is None else of(*values.shape))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(40, 12), (12, 40), (30, 30), (6, 1)])
def test_steps_of_muon_are_nearly_orthogonal(shape, dtype):
    random = np.random.default_rng(1)
    w, gradient = np.zeros(shape, dtype), random.normal(size=shape).astype(dtype)
    descent.Muon(learning_rate=1).step([(w, gradient)])
    scale = max(1, shape[0] / shape[1]) ** 0.5
    u, s, v = np.linalg.svd(-w / scale, full_matrices=False)
    assert s.min() > 0.6
    assert s.max() < 1.3
    # The singular vectors are those of the gradient.
    rotated = np.linalg.svd(gradient, full_matrices=False)
    aligned = rotated[0].T @ (-w / scale) @ rotated[2].T
    assert np.abs(aligned - np.diag(np.diag(aligned))).max() < (1e-4 if dtype is np.float32 else 1e-12)
    np.testing.assert_allclose(u @ np.diag(s) @ v, -w / scale, atol=1e-5)


def _bfloat16(x):
    return np.asarray(x, np.float32).astype(ml_dtypes.bfloat16).astype(float)


def _orthogonal_in_bfloat16(gradient):
    """What PyTorch writes down in bfloat16, with exact sums."""
    u = _bfloat16(gradient)
    x = u if u.shape[0] <= u.shape[1] else u.T
    x = _bfloat16(x / _bfloat16(np.linalg.norm(x)))
    for _ in range(5):
        a = _bfloat16(x @ x.T)
        x = _bfloat16(3.4445 * x + _bfloat16(-4.775 * a + 2.0315 * (a @ a)) @ x)
    return x if u.shape[0] <= u.shape[1] else x.T


def _first_step(gradient, **options):
    w = np.zeros_like(gradient)
    descent.Muon(learning_rate=1, momentum_decay=0, nesterov_momentum=False, **options).step([(w, gradient)])
    return -w / max(1, w.shape[0] / w.shape[1]) ** 0.5


@pytest.mark.parametrize("shape", [(2, 3), (9, 5), (16, 24), (65, 33), (40, 100), (129, 140)])
def test_bfloat16_products_round_where_pytorch_does(shape):
    """But for single sums, which float32 makes round the other way."""
    near, far = [], []
    for seed in range(9):
        gradient = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
        rounded = _first_step(gradient, bfloat16_products=True)
        expected = _orthogonal_in_bfloat16(gradient)
        near.append(np.linalg.norm(rounded - expected) / np.linalg.norm(expected))
        far.append(np.linalg.norm(_first_step(gradient) - expected) / np.linalg.norm(expected))
        singular = np.linalg.svd(rounded)[1]
        assert singular.min() > 0.6
        assert singular.max() < 1.3
    # The more sums there are the more of them turn out otherwise.
    assert np.median(near) < (0.1 if max(shape) <= 65 else 0.6) * np.median(far)


@pytest.mark.parametrize("shape", [(9, 5), (40, 100)])
def test_bfloat16_products_are_for_float32(shape):
    gradient = np.random.default_rng(5).normal(size=shape)
    assert (_first_step(gradient, bfloat16_products=True) == _first_step(gradient)).all()
    default = descent.Muon(dialect="pytorch")
    assert default.bfloat16_products
    assert not descent.Muon().bfloat16_products


@pytest.mark.parametrize("shape", [(3, 4), (20, 50), (50, 20)])
def test_bfloat16_products_of_zeros_and_nan(shape):
    gradient = np.zeros(shape, np.float32)
    assert (_first_step(gradient, bfloat16_products=True) == 0).all()
    gradient[1, 2] = np.nan
    assert np.isnan(_first_step(gradient, bfloat16_products=True)).all()


def _processor_multiplies_bfloat16():
    cpuinfo = Path("/proc/cpuinfo")
    return cpuinfo.exists() and "avx512_bf16" in cpuinfo.read_text() and descent.active_isa() == "avx512"


@pytest.mark.skipif(not _processor_multiplies_bfloat16(), reason="OpenBLAS computes the products here")
def test_bfloat16_products_have_the_same_bits_with_any_number_of_threads():
    shapes = {"wide": (129, 1500), "tall": (700, 65), "square": (200, 200), "small": (17, 16)}
    results = []
    before = descent.thread_count()
    try:
        for threads in (1, 2, 3, 8):
            descent.set_thread_count(threads)
            for _ in range(2):
                _, params = trained(descent.Muon, 3, np.float32, shapes, bfloat16_products=True)
                results.append([values.tobytes() for values in params.values()])
    finally:
        descent.set_thread_count(before)
    assert all(result == results[0] for result in results)


def test_consistent_rms_makes_steps_as_large_as_adamws():
    random = np.random.default_rng(2)
    w = np.zeros((60, 20))
    descent.Muon(learning_rate=1, consistent_rms=0.2).step([(w, random.normal(size=w.shape))])
    assert 0.1 < np.sqrt((w**2).mean()) < 0.25


def test_adaptive_scale_is_the_dual_norm():
    gradient = np.diag([3.0, 1.0])
    plain, scaled = np.zeros((2, 2)), np.zeros((2, 2))
    descent.Muon(learning_rate=1, nesterov_momentum=False, momentum_decay=0).step([(plain, gradient)])
    descent.Muon(learning_rate=1, nesterov_momentum=False, momentum_decay=0, adaptive_scale=True).step(
        [(scaled, gradient)]
    )
    np.testing.assert_allclose(scaled, plain * -(gradient * plain).sum(), rtol=1e-12)


def test_shampoo_with_both_sides_too_long_is_adagrad():
    optimizer, params = trained(descent.Shampoo, maximum_side=0, learning_rate=0.1, epsilon=0.5)
    random = np.random.default_rng(4)
    expected = {key: random.normal(size=shape) for key, shape in SHAPES.items()}
    sums = {key: np.zeros(shape) for key, shape in SHAPES.items()}
    for _ in range(6):
        for key, shape in SHAPES.items():
            gradient = random.normal(size=shape)
            sums[key] += gradient**2
            expected[key] -= 0.1 * gradient / np.sqrt(sums[key] + 0.5)
    for key, values in params.items():
        np.testing.assert_allclose(values, expected[key], rtol=1e-12)
        assert optimizer.state(key, "sum_of_squares").shape == values.shape
        assert optimizer.state(key, "row_statistics").size == 0


@pytest.mark.parametrize("shape", [(3, 6), (6, 3)])
def test_shampoo_with_one_side_too_long(shape):
    """One matrix, to the power -1/2."""
    _, params = trained(descent.Shampoo, shapes={"w": shape}, maximum_side=3, learning_rate=0.1, epsilon=0.1)
    random = np.random.default_rng(4)
    expected, statistics = random.normal(size=shape), 0.1 * np.eye(3)
    for _ in range(6):
        gradient = random.normal(size=shape)
        statistics += gradient @ gradient.T if shape[0] == 3 else gradient.T @ gradient
        values, vectors = np.linalg.eigh(statistics)
        root = vectors @ np.diag(values**-0.5) @ vectors.T
        expected -= 0.1 * (root @ gradient if shape[0] == 3 else gradient @ root)
    np.testing.assert_allclose(params["w"], expected, rtol=1e-10)


def test_soap_of_vectors():
    plain, params = trained(descent.SOAP, shapes={"w": (7,)})
    with_basis, others = trained(descent.SOAP, shapes={"w": (7,)}, precondition_vectors=True)
    assert plain.state("w", "column_basis").size == 0
    basis = with_basis.state("w", "column_basis")
    np.testing.assert_allclose(basis.T @ basis, np.eye(7), atol=1e-12)
    assert (params["w"] != others["w"]).any()


@pytest.mark.parametrize("kind", KINDS)
def test_sides_are_decided_before_the_first_step(kind):
    optimizer, _ = trained(kind, steps=1)
    for name in ("maximum_side", "minimum_side", "precondition_vectors", "normalize_gradient"):
        if name in optimizer.options:
            with pytest.raises(
                descent.InvalidArgumentError, match=f"{name}: can be changed before the first step only"
            ):
                setattr(optimizer, name, True if isinstance(getattr(optimizer, name), bool) else 5)


@pytest.mark.parametrize("policy", ["refuse", "skip"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not descent.Muon])  # it squares in double
def test_a_step_that_would_overflow_changes_nothing(kind, policy):
    """A float32 gradient of 1e30 is finite, and its square is not."""
    for aids in ({}, {"average": "ema", "lookahead_steps": 1, "cautious": True}):
        optimizer, params = trained(kind, dtype=np.float32, not_finite_policy=policy, **aids)
        before = {key: values.copy() for key, values in params.items()}
        saved = optimizer.state_dict()
        gradients = {key: np.ones_like(values) for key, values in params.items()}
        gradients["square"][1, 2] = 1e30
        if policy == "refuse":
            with pytest.raises(descent.NotFiniteError, match=r"tensor 'square': \w+\[\d+\] would be"):
                optimizer.update(params, gradients)
        else:
            optimizer.update(params, gradients)
        assert all(params[key].tobytes() == before[key].tobytes() for key in params)
        after = optimizer.state_dict()
        changed = [name for name in saved if saved[name].tobytes() != after[name].tobytes()]
        assert changed in ([], ["health.skipped_steps"])
        gradients["square"][1, 2] = 1
        optimizer.update(params, gradients)
        assert optimizer.step_count == 7


@pytest.mark.parametrize("kind", KINDS)
def test_the_policy_changes_no_bits(kind):
    results = []
    for policy in ("propagate", "refuse"):
        _, params = trained(kind, not_finite_policy=policy, average="uniform", lookahead_steps=2, cautious=True)
        results.append([values.tobytes() for values in params.values()])
    assert results[0] == results[1]


@pytest.mark.parametrize("kind", KINDS)
def test_nan_goes_on(kind):
    optimizer, w = kind(), np.ones((3, 4))
    for step in range(3):
        optimizer.step([(w, np.full((3, 4), np.nan if step == 1 else 1.0))])
    assert np.isnan(w).all()


def test_adafactor_has_the_same_bits_with_any_number_of_threads():
    results = []
    before = descent.thread_count()
    try:
        for threads in (1, 3):
            descent.set_thread_count(threads)
            _, params = trained(descent.Adafactor, 3, np.float32, {"a": (300, 500), "b": (100_001,)})
            results.append([values.tobytes() for values in params.values()])
    finally:
        descent.set_thread_count(before)
    assert results[0] == results[1]
