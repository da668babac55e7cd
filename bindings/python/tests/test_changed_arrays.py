"""Arrays that changed in place between two steps, masked ones, and ones without axes."""

import subprocess
import sys

import numpy as np
import pytest

import descent

CHANGES = {
    "resized smaller": lambda a: a.resize(10, refcheck=False),
    "resized larger": lambda a: a.resize(100_000, refcheck=False),
    "another shape": lambda a: setattr(a, "shape", (25, 40)),
    "read-only": lambda a: a.setflags(write=False),
    "another dtype": lambda a: setattr(a, "dtype", np.int64),
    "state": lambda a: a.__setstate__((1, (10,), np.dtype(float), False, bytes(80))),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("which", ["values", "gradient"])
@pytest.mark.parametrize("change", CHANGES)
def test_an_array_that_changed_in_place_is_noticed(change, which):
    adam = descent.Adam()
    pair = {"values": np.ones(1000), "gradient": np.ones(1000)}
    for _ in range(4):
        adam.step([(pair["values"], pair["gradient"])])
    before = adam.step_count
    try:
        CHANGES[change](pair[which])
    except ValueError:
        assert change.startswith("resized")  # NumPy itself refuses: gradients are known by a weak reference
        return
    if which == "gradient" and change == "read-only":
        adam.step([(pair["values"], pair["gradient"])])  # it is only read
        return
    with pytest.raises((descent.DescentError, TypeError)):
        adam.step([(pair["values"], pair["gradient"])])
    assert adam.step_count == before


def test_memory_that_moved_and_came_back_to_its_size():
    sgd = descent.SGD(learning_rate=1)
    values, gradient = np.zeros(1000), np.ones(1000)
    for _ in range(4):
        sgd.step([(values, gradient)])
    values.resize(3_000_000, refcheck=False)
    other = np.full(1000, 7.0)  # may lie where the values were
    values.resize(1000, refcheck=False)
    sgd.step([(values, gradient)])
    assert values.tolist() == [-5.0] * 1000
    assert other.tolist() == [7.0] * 1000


def test_no_crash():
    """The case that was reported, in a process of its own."""
    program = """if True:
        import numpy as np, descent
        a, g = np.ones(1_000_000), np.ones(1_000_000)
        adam = descent.Adam()
        for _ in range(5): adam.step([(a, g)])
        a.resize(10, refcheck=False)
        try: adam.step([(a, g)])
        except descent.DescentError as error: print(type(error).__name__)
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "ShapeMismatchError"


MASKED = np.ma.masked_array([1.0, 2.0, 3.0, 4.0], [False, True, False, False])
UNMASKED = np.ma.masked_array([1.0, 2.0, 3.0, 4.0])
X, Y = np.arange(8, dtype=np.float32).reshape(4, 2), np.array([0, 1, 0, 1])


def fitted():
    return descent.LinearClassifier(epochs=1).fit(X, Y)


def mask(array):
    masked = np.ma.masked_array(array)
    masked[1] = np.ma.masked
    return masked


TAKERS = {
    "values": lambda: descent.SGD().step([(MASKED.copy(), np.ones(4))]),
    "gradient": lambda: descent.SGD().update({"w": np.ones(4)}, {"w": MASKED}),
    "X of fit": lambda: descent.LinearClassifier().fit(mask(X), Y),
    "y of fit": lambda: descent.LinearClassifier().fit(X, mask(Y)),
    "X of predict": lambda: fitted().predict(mask(X)),
    "y of score": lambda: fitted().score(X, mask(Y)),
    "labels of a sampler": lambda: descent.Sampler(4, 2, sampling="stratified", labels=mask(Y)),
    "weights of a sampler": lambda: descent.Sampler(4, 2, sampling="weighted", weights=MASKED),
    "x0": lambda: descent.minimize(lambda x: (x @ x, 2 * x), MASKED, jac=True),
    "gradient of a function": lambda: descent.minimize(lambda x: (x @ x, mask(2 * x)), np.ones(3), jac=True),
    "scores": lambda: descent.squared_error(MASKED, np.ones(4)),
    "targets": lambda: descent.squared_error(np.ones(4), MASKED),
    "class labels": lambda: descent.softmax_cross_entropy(X.astype(float), mask(Y)),
}


@pytest.mark.parametrize("taker", TAKERS)
def test_a_masked_array_is_refused(taker):
    with pytest.raises(descent.InvalidArgumentError, match=r"is a masked array with \d masked elements"):
        TAKERS[taker]()


def test_a_masked_array_without_masked_elements_is_an_array():
    w = np.ma.masked_array(np.ones(4))
    for _ in range(4):
        descent.SGD(learning_rate=1).step([(w, UNMASKED)])
    assert w.tolist() == [-3, -7, -11, -15]
    sgd, g = descent.SGD(learning_rate=1), np.ma.masked_array(np.ones(4))
    for _ in range(4):
        sgd.step([(w, g)])
    g[2] = np.ma.masked
    with pytest.raises(descent.InvalidArgumentError, match="masked"):
        sgd.step([(w, g)])


def test_an_array_without_axes_is_a_number():
    assert descent.Adam(learning_rate=np.array(0.25)).learning_rate == 0.25
    assert descent.Adam(amsgrad=np.array(True)).amsgrad is True
    assert descent.LinearClassifier(l2=np.array(0.5), epochs=np.array(3)).fit(X, Y).history_[-1]["epoch"] == 3
    with pytest.raises(TypeError, match="learning_rate"):
        descent.Adam(learning_rate=np.array([0.25]))
    with pytest.raises(TypeError, match="learning_rate"):
        descent.Adam(learning_rate=np.array("x"))
