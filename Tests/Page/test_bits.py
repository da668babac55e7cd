"""The page's numbers against those of the native library."""

import numpy as np
import oracle
import pytest
from browser import Browser

import descent
from descent.demonstrations.image_sets import OPTICAL_DIGITS, load
from descent.demonstrations.landscapes import COURSE, LANDSCAPES

# Their bits are those of one machine, because OpenBLAS multiplies for them.
OF_MATRICES = {"muon", "shampoo", "soap"}
POINTS = [[0.5, -1.25], [2, 0.75]]


def test_landscapes_are_those_of_the_package(browser: Browser, disk: str) -> None:
    browser.open(disk)
    shown = browser.look(f"landscapes({[land.name for land in LANDSCAPES]}, {POINTS})")
    for ours, theirs in zip(shown, LANDSCAPES, strict=True):
        assert ours["name"] == theirs.name
        assert ours["start"] == list(theirs.start)
        assert ours["window"] == list(theirs.window)
        assert sorted(ours["minima"]) == sorted(map(list, theirs.minima))
        assert (ours["least"], ours["steps"], ours["floor"]) == (theirs.least, theirs.steps, theirs.floor)
        assert ours["rates"] == theirs.learning_rates
        for point, values in zip(POINTS, ours["values"], strict=True):
            np.testing.assert_allclose(values, theirs.function(*map(float, point)), rtol=1e-14)


@pytest.mark.parametrize("landscape", oracle.FUNCTIONS)
def test_paths_end_in_the_same_bits(browser: Browser, disk: str, landscape: str) -> None:
    stepped = [name for name, kind in descent.OPTIMIZERS.items() if not kind._algorithm.is_batch]
    methods = [*COURSE, *(name for name in stepped if name not in {*COURSE, *OF_MATRICES})]
    named = ",".join(methods)
    browser.open(f"{disk}#race.land={landscape}&race.added={named}&race.methods={named}&race.step=1000")
    runs = browser.look("ends()")
    assert [run["method"] for run in runs] == methods
    for run in runs:
        assert run["end"] == oracle.end(landscape, run), run["method"]
        assert (run["noise"] > 0) == (landscape == "noise")
    assert max(run["steps"] for run in runs) > 50


def test_range_test_has_the_same_bits(browser: Browser, disk: str) -> None:
    browser.open(f"{disk}#rate.land=beale&rate.method=momentum")
    losses, proposal = browser.look("[[...rate.range.test.losses].map(bits), bits(rate.range.test.proposal)]")

    def beale(point: oracle.Point) -> tuple[float, oracle.Point]:
        value, *gradient = oracle.beale(*point.tolist())
        return value, np.array(gradient)

    native = descent.learning_rate_range(
        beale, [1, 1.6], jac=True, optimizer="momentum", steps=50, minimum=1e-4, maximum=30
    )
    assert losses == oracle.bits(native.losses)
    assert [proposal] == oracle.bits([native.proposal or 0])


@pytest.mark.parametrize("mode", ["global", "local"])
def test_random_search_draws_the_same_points(browser: Browser, disk: str, mode: str) -> None:
    browser.open(f"{disk}#search.mode={mode}&search.seed=7&search.scale=0.5")
    points = browser.look("search.trials.map(({point}) => point.map(bits))")
    drawn: list[list[str]] = []

    def valley(point: oracle.Point) -> float:
        drawn.append(oracle.bits(point))
        return oracle.rosenbrock(*point.tolist())[0]

    descent.random_search(valley, [-1.4, 2.2], mode=mode, trials=400, seed=7, scale=0.5)
    assert points == drawn


def test_digits_are_learned_with_the_same_bits(browser: Browser, disk: str) -> None:
    browser.open(f"{disk}#digits.rate=0.05&digits.batch=32")
    learned = browser.look("train(18, 10)")
    images = load(OPTICAL_DIGITS)
    momentum = descent.Momentum(learning_rate=0.05)
    native = descent.LinearClassifier(optimizer=momentum, epochs=4, batch_size=32, seed=1, scale=1 / 16)
    native.fit(images.train_images, images.train_labels)
    assert learned["steps"] == 4 * 45
    for name, ours in (("weights", native.coef_.T), ("bias", native.intercept_)):
        assert learned[name] == np.ascontiguousarray(ours, np.float32).ravel().view(np.uint32).tolist()
    assert learned["accuracy"] == native.score(images.test_images, images.test_labels)
    assert learned["accuracy"] > 0.88
    # Random search finds a little, each time something better or nothing.
    assert learned["searched"] < 0.6
    assert learned["losses"] == sorted(learned["losses"], reverse=True)
    assert learned["losses"][-1] < learned["losses"][0]
