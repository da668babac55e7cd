"""Steps that update only the rows of W whose features occur, against steps that update all of them."""

import numpy as np
import pytest
from linear_models import UNSUPPORTED, Model, Optimizer, RefusedError, sparse_dataset, stored_rows
from sparse_cases import Case, random_matrix

from descent._c.library import library

EXACT = ["sgd", "adagrad", "ftrl"]


def fitted(optimizer, case, data, **changes):
    """The weights after a fit from the case's."""
    case.spread(0.5)
    changes = {"batch_size": 7, "epochs": 3, "seed": 5} | changes
    result = case.model.fit(optimizer, data, **changes)
    return [part.copy() for part in case.model.weights], result


def compare(make, case, rtol=2e-5, atol=2e-6, loss=0.1, **changes):
    """The same fit with rows, with all rows, and of rows that are stored in full."""
    mine, result = fitted(make(), case, case.sparse, **changes)
    for other in (case.sparse, case.full):
        weights, expected = fitted(make(), case, other, dense_steps=1, **changes)
        for one, two in zip(mine, weights, strict=True):
            np.testing.assert_allclose(one, two, rtol=rtol, atol=atol)
    # The penalties are those at the end of the epoch.
    assert result["loss"] == pytest.approx(expected["loss"], rel=loss)
    return mine


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "multiclass_hinge", "squared_error"])
@pytest.mark.parametrize("sampling", ["shuffle", "replacement", "weighted", "stratified"])
def test_without_penalties(name, loss, sampling):
    weights = np.random.default_rng(1).random(90) if sampling == "weighted" else None
    case = Case(loss, weights=weights)
    if sampling == "stratified" and loss == "squared_error":
        pytest.skip("a regressor has no classes")
    compare(lambda: Optimizer(name, learning_rate=0.05), case, sampling=sampling)


@pytest.mark.parametrize("outputs", [1, 3, 17, 70])
@pytest.mark.parametrize("name", EXACT)
def test_outputs(name, outputs):
    compare(lambda: Optimizer(name, learning_rate=0.05), Case("squared_error", outputs, l2=0.01))


PENALTIES = {
    "l2": {"l2": 0.02},
    "l1": {"l1": 0.003},
    "both": {"l2": 0.02, "l1": 0.003},
    "coupled": {"weight_decay": 0.03},
    "decoupled": {"decoupled_weight_decay": 0.1, "l1": 0.001},
    "all": {"l2": 0.01, "l1": 0.002, "weight_decay": 0.02, "decoupled_weight_decay": 0.05},
    "large": {"l2": 1.0},
    "wild": {"l2": 30.0},
}
SCHEDULES = [{}, {"schedule": 5, "schedule_steps": 40}, {"schedule": 1, "schedule_steps": 7, "schedule_factor": 0.7}]


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("schedule", range(3))
@pytest.mark.parametrize("name", ["sgd", "adagrad"])
def test_penalties(name, schedule, penalty):
    options = dict(PENALTIES[penalty])
    case, l1 = Case(l2=options.pop("l2", 0)), options.pop("l1", 0)
    rate = 0.1 if name == "adagrad" else 0.05
    if penalty == "wild":
        # The factor 1 - 2 * rate * l2 is below 0: nothing is caught up in closed form.
        rate *= 0.5
        if name == "adagrad":
            options["initial_accumulator"] = 50
    options |= {"learning_rate": rate} | SCHEDULES[schedule]
    compare(lambda: Optimizer(name, **options), case, rtol=1e-4, atol=2e-6, loss=0.5, l1=l1)


@pytest.mark.parametrize("dialect", [0, 1, 2, 3])
def test_adagrad_of_every_dialect(dialect):
    compare(lambda: Optimizer("adagrad", dialect=dialect, learning_rate=0.05), Case(l2=0.02), l1=0.001, rtol=1e-4)


def in_double(name, rates, w, *, l2, l1=0.0, h=None, epsilon=1e-7):
    """What decay and l1 alone make of a weight, step by step."""
    for eta in rates:
        if name == "sgd":
            w, scale = w - eta * 2 * l2 * w, eta
        else:
            h += (2 * l2 * w) ** 2
            scale = eta / (np.sqrt(h) + epsilon)
            w -= scale * 2 * l2 * w
        w = np.sign(w) * max(abs(w) - l1 * scale, 0)
    return w


@pytest.mark.parametrize("l1", [0.0, 1e-5])
@pytest.mark.parametrize("name", ["sgd", "adagrad"])
def test_ten_thousand_steps_unseen(name, l1):
    samples, l2 = 10_000, 1e-3
    rate = 0.2 if name == "sgd" else 0.02
    model = Model("squared_error", 6, 1, l2=l2)
    matrix = np.zeros((samples, 6), np.float32)
    matrix[np.arange(samples), np.arange(samples) % 2 * 3 + 1] = 1
    data = sparse_dataset(stored_rows(matrix), 6, targets=np.zeros((samples, 1)))
    starts = [0.7, -1.3, 2e-4, 0.0, 5.0, -0.9]
    model.set_weights(np.array(starts)[:, None], 0)
    options = {"schedule": 5, "schedule_steps": samples, "learning_rate": rate}
    if name == "adagrad":
        options["initial_accumulator"] = 0.01
    model.fit(Optimizer(name, **options), data, batch_size=1, epochs=1, l1=l1)
    for row, start in enumerate(starts):
        if matrix[:, row].any():
            continue
        rates = rate * (1 + np.cos(np.pi * np.arange(samples) / samples)) / 2
        expected = in_double(name, rates, start, l2=l2, l1=l1, h=0.01)
        assert model.weights[0][row, 0] == pytest.approx(expected, rel=1e-5, abs=1e-12)


@pytest.mark.parametrize(
    "name", ["momentum", "nesterov", "rmsprop", "adam", "adamw", "adamax", "nadam", "adabelief", "lion"]
)
def test_the_lazy_form(name):
    """Rows whose features do not occur stay as they are."""
    case = Case("squared_error", 2, l2=0.01)
    before = case.model.weights[0].copy()
    case.spread(0.5)
    case.model.fit(Optimizer(name), case.sparse, batch_size=9, epochs=2)
    seen = case.matrix.any(0)
    assert np.array_equal(case.model.weights[0][~seen], before[~seen])
    assert (case.model.weights[0][seen] != before[seen]).all()
    # Where each feature occurs in each minibatch nothing is left alone.
    both = []
    matrix = np.random.default_rng(1).normal(size=(90, 9)).astype(np.float32)
    for dense in (0, 1):
        full = Case("squared_error", 2, l2=0.01, matrix=matrix)
        full.model.fit(Optimizer(name), full.sparse, batch_size=9, epochs=3, dense_steps=dense)
        both.append(full.model.weights[0].copy())
    np.testing.assert_allclose(*both, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("lamb", {}),
        ("muon", {}),
        ("schedule_free_sgd", {}),
        ("prodigy", {}),
        ("sgd", {"average": 1}),
        ("sgd", {"lookahead_steps": 3}),
        ("adam", {"accumulate_steps": 2}),
        ("sgd", {"centralize": 1}),
        ("adam", {"cautious": 1}),
        ("sgd", {"track_health": 1}),
        ("sgd", {"maximize": 1}),
        ("sgd", {"clip_norm": 0.01}),
        ("ftrl", {}),
        ("adam", {"state_dtype": 2}),
    ],
)
def test_methods_that_need_all_rows(name, options):
    case = Case(l2=0.01)
    mine, _ = fitted(Optimizer(name, **options), case, case.sparse)
    other, _ = fitted(Optimizer(name, **options), case, case.sparse, dense_steps=1)
    assert all(map(np.array_equal, mine, other))


def reports(case, optimizer, data, **changes):
    """All that the callback hears."""
    seen = []
    case.spread(0.5)

    def note(report):
        seen.append({name: getattr(report, name) for name, _ in report._fields_})

    case.model.fit(optimizer, data, note, batch_size=7, **changes)
    return seen


def test_reports():
    case = Case(l2=0.01)
    mine = reports(case, Optimizer("sgd"), case.sparse, epochs=2, l1=0.001)
    full = reports(case, Optimizer("sgd"), case.full, epochs=2, l1=0.001)
    for one, other in zip(mine, full, strict=True):
        assert one["step"] == other["step"]
        assert one["learning_rate"] == other["learning_rate"]
        assert np.isnan([one["update_ratio"], one["update_cosine"]]).all()
        assert one["gradient_norm"] <= other["gradient_norm"] * 1.001
        assert one["loss"] < other["loss"] if not one["epoch_end"] else True
    ends = [report for report in mine if report["epoch_end"]]
    assert len(ends) == 2
    penalty = 0.01 * (case.model.weights[0] ** 2).sum() + 0.001 * np.abs(case.model.weights[0]).sum()
    losses = [report["loss"] for report in mine[13:25]]
    mean = (np.array([*losses, 0]) * np.array([7] * 12 + [6])).sum() / 90
    assert ends[1]["loss"] == pytest.approx(penalty + mean, abs=0.2)
    assert np.isnan(ends[1]["noise_scale"])


@pytest.mark.parametrize("name", ["sgd", "adagrad", "adam", "ftrl"])
@pytest.mark.parametrize("standardize", [0, 1])
def test_resuming(name, standardize):
    """Whatever is looked at and saved on the way, the steps are the same, and W is up to date where it is looked at."""
    case = Case(l2=0.0 if name == "ftrl" else 0.02)
    changes = {"l1": 0.0 if name == "ftrl" else 0.002, "standardize": standardize, "batch_size": 7, "epochs": 3}
    expected, _ = fitted(Optimizer(name), case, case.sparse, **changes)
    for stop in (4, 13, 20):
        case.spread(0.5)
        optimizer = Optimizer(name)
        copies = []

        def note(report, stop=stop, optimizer=optimizer, copies=copies):
            if report.step == stop - 1:
                case.model.evaluate(case.sparse)
            if report.step == stop:
                copies.append((case.model.save(), optimizer.save(), case.model.scores(case.sparse)))
            return report.step == stop

        with pytest.raises(RefusedError):
            case.model.fit(optimizer, case.sparse, note, seed=5, **changes)
        model, own = case.model.load(copies[0][0]), Optimizer.load(copies[0][1])
        assert np.array_equal(model.scores(case.sparse), copies[0][2])
        assert np.array_equal(case.model.scores(case.sparse), copies[0][2])
        assert model.bits == case.model.bits
        assert case.model.save() == copies[0][0] == model.save()
        model.fit(own, case.sparse, goes_on=True, seed=5, **changes)
        assert all(map(np.array_equal, model.weights, expected))
        case.model.fit(optimizer, case.sparse, goes_on=True, seed=5, **changes)
        assert all(map(np.array_equal, case.model.weights, expected))


def test_what_a_callback_sees():
    """It is what full steps give."""
    case = Case(l2=0.05)
    seen = {0: [], 1: []}
    for dense, scores in seen.items():
        case.spread(0.5)
        case.model.fit(
            Optimizer("sgd", learning_rate=0.1),
            case.sparse,
            lambda _, scores=scores: scores.append(case.model.weights[0].copy()) or False,
            batch_size=7,
            epochs=2,
            dense_steps=dense,
        )
    np.testing.assert_allclose(seen[0], seen[1], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"])
@pytest.mark.parametrize("kind", ["sparse", "full"])
def test_exact_zeros(name, kind):
    case = Case("squared_error", 2)
    case.model.fit(Optimizer(name, learning_rate=0.05), getattr(case, kind), batch_size=9, epochs=30, l1=0.3)
    weights = case.model.weights[0]
    assert 0.05 < (weights == 0).mean() < 0.99
    assert not np.signbit(weights[weights == 0]).any()


@pytest.mark.parametrize("name", ["sgd", "adagrad", "adam", "lbfgs"])
@pytest.mark.parametrize("kind", ["sparse", "full"])
def test_the_minimum_with_l1(name, kind):
    """Batches of all samples find the minimum that OWL-QN finds, and nearly its zeros."""
    objectives, zeros = [], []
    for method in ("lbfgs", name):
        case = Case(l2=0.001)
        case.model.set_weights(0, 0)
        options = {} if method == "lbfgs" else {"learning_rate": 0.5 if method != "adam" else 0.02}
        case.model.fit(Optimizer(method, **options), getattr(case, kind), batch_size=0, epochs=3000, l1=0.01)
        weights = case.model.weights[0]
        objectives.append(case.model.evaluate(case.full)[0] + 0.01 * np.abs(weights).sum())
        zeros.append(weights == 0)
    assert objectives[1] == pytest.approx(objectives[0], rel=1e-3)
    assert (zeros[0] == zeros[1]).mean() > 0.95


@pytest.mark.parametrize("name", ["ftrl", "adamax", "conjugate_gradient", "lamb"])
def test_methods_without_a_proximal_step(name):
    case = Case()
    batch = 0 if name == "conjugate_gradient" else 8
    with pytest.raises(RefusedError) as refusal:
        case.model.fit(Optimizer(name), case.sparse, l1=0.1, batch_size=batch)
    assert refusal.value.status == UNSUPPORTED
    assert refusal.value.text == f"options: l1: {name} has no proximal step"


@pytest.mark.parametrize("l1", [-1, np.nan, np.inf])
def test_a_bad_l1(l1):
    with pytest.raises(RefusedError, match=r"options: l1: .* is outside \[0, inf\)"):
        Case().model.fit(Optimizer("sgd"), Case().sparse, l1=l1)


@pytest.mark.parametrize("name", ["sgd", "adagrad", "adam"])
def test_threads(name):
    case = Case("softmax_cross_entropy", 58, matrix=random_matrix(600, 900, density=0.1), l2=0.001)
    bits = set()
    before = library.descent_thread_count()
    try:
        for threads in (1, 2, 3, 7):
            library.descent_set_thread_count(threads)
            weights, _ = fitted(Optimizer(name), case, case.sparse, batch_size=128, l1=1e-5)
            bits.add(
                (weights[0].tobytes(), case.model.scores(case.sparse).tobytes(), case.model.gradient(case.sparse)[0])
            )
    finally:
        library.descent_set_thread_count(before)
    assert len(bits) == 1
