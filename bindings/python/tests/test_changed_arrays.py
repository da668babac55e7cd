"""Arrays that changed in place between two steps, masked ones, and ones without axes."""

import re
import subprocess
import sys
from collections import UserList

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


class Rows(UserList):
    """A sequence that is neither a list nor a tuple."""


def with_masked(state, name):
    state[name] = np.ma.masked_array(state[name], mask=True)
    return state


def adam():
    made = descent.Adam()
    made.step([(np.ones(2), np.ones(2))])
    return made


def torch_state():
    return descent.pytorch.to_state_dict(adam())


def torch_state_with(value, *place):
    state = inner = torch_state()
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return state


ROWS = [mask(np.ones(2)), np.ones(2)]
NUMBER = np.ma.masked_array(1, mask=True)
NESTED = {
    "y": lambda: descent.LinearClassifier().fit(X, [0, np.ma.masked, 0, 1]),
    "y of resume": lambda: fitted().resume(X, [NUMBER, 1, 0, 1]),
    "y of score": lambda: fitted().score(X, (0, 1, NUMBER, 1)),
    "y of evaluate": lambda: fitted().evaluate(X, np.array([0, 1, np.ma.masked, 1], object)),
    "labels of a sampler": lambda: descent.Sampler(4, 2, sampling="stratified", labels=[0, 1, NUMBER, 1]),
    "weights": lambda: descent.Sampler(2, 2, sampling="weighted", weights=[1.0, np.ma.masked]),
    "x0": lambda: descent.minimize(lambda x: (x.sum(), x), ROWS, jac=True),
    "x0 of a search": lambda: descent.random_search(lambda x: x.sum(), (tuple(ROWS),)),
    "x": lambda: descent.check_gradient(lambda x: (x.sum(), x), Rows(ROWS)),
    "x deep": lambda: descent.numeric_gradient(lambda x: x.sum(), [[[1.0], [2.0]], [[3.0], [np.ma.masked]]]),
    "the gradient": lambda: descent.minimize(lambda x: (x.sum(), list(ROWS)), np.ones((2, 2)), jac=True),
    "the value of the function": lambda: descent.minimize(lambda x: [np.ma.masked], np.ones(2)),
    "labels": lambda: descent.softmax_cross_entropy(X.astype(float), [0, 1, NUMBER, 1]),
    "the state's 'tensor.0.m'": lambda: adam().load_state_dict(with_masked(adam().state_dict(), "tensor.0.m")),
    "the state's 'step_count'": lambda: adam().load_state_dict(with_masked(adam().state_dict(), "step_count")),
    "the state's 'weights'": lambda: fitted().load_state_dict(with_masked(fitted().state_dict(), "weights")),
    "the state's 'classes'": lambda: fitted().load_state_dict(with_masked(fitted().state_dict(), "classes")),
    "the state's 'seed'": lambda: sampler().load_state_dict(with_masked(sampler().state_dict(), "seed")),
    "params[0]": lambda: descent.pytorch.from_state_dict(torch_state(), [mask(np.ones(2))]),
    "state[0]['exp_avg']": lambda: descent.pytorch.from_state_dict(
        torch_state_with(mask(np.ones(2)), "state", 0, "exp_avg")
    ),
    "state[0]['step']": lambda: descent.pytorch.from_state_dict(torch_state_with(NUMBER, "state", 0, "step")),
    "param_groups[0]['betas']": lambda: descent.pytorch.from_state_dict(
        torch_state_with((0.5, NUMBER), "param_groups", 0, "betas")
    ),
    "learning_rate": lambda: descent.Adam(learning_rate=NUMBER),
    "epochs": lambda: descent.LinearClassifier(epochs=NUMBER).fit(X, Y),
    "losses": lambda: descent.schedules.Plateau().factors(3, losses=MASKED),
    "shape": lambda: descent.initialize((2, NUMBER)),
}


def sampler():
    return descent.Sampler(4, 2)


@pytest.mark.parametrize("taker", NESTED)
def test_a_masked_array_in_a_list_or_a_state_is_refused(taker):
    argument = taker.split(" ")[0] if taker.startswith(("y", "x")) else taker.removesuffix(" of a sampler")
    with pytest.raises(descent.InvalidArgumentError) as caught:
        NESTED[taker]()
    assert re.match(rf"{re.escape(argument)} (is|holds) a masked array with \d masked element", str(caught.value))


def test_lists_of_masked_arrays_without_masked_elements_are_arrays():
    result = descent.minimize(lambda x: (x.sum(), np.ones((2, 4))), [UNMASKED, UNMASKED], jac=True, max_steps=1)
    assert result.x.shape == (2, 4)
    labels = [np.ma.masked_array(label) for label in Y]
    assert fitted().score(X, labels) == fitted().score(X, Y)
    itself = []
    itself.append(itself)
    with pytest.raises((ValueError, TypeError)):
        descent.minimize(lambda x: x.sum(), itself)


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
