"""Every object of the library is freed once: in any order, after an error, and not while a program is ending."""

import ctypes
import gc
import random
import re

import header
import numpy as np
import pytest
from children import PREAMBLE, succeed

import descent
from descent._c.library import library

# What makes an object writes its address through the last argument.
MAKERS = [
    name
    for name, function in header.FUNCTIONS.items()
    if re.fullmatch(r"descent_\w+\*\*", (["", *function.parameters.values()])[-1])
]
FREERS = [name for name in header.FUNCTIONS if name.endswith("_free")]


class Ledger:
    """Which objects are alive, by their addresses."""

    def __init__(self):
        self.alive, self.made = set(), 0

    def on_making(self, function):
        def make(*arguments):
            status = function(*arguments)
            if status == 0:
                self.made += 1
                self.alive.add(address(arguments[-1]._obj))
            return status

        return make

    def on_freeing(self, function):
        def free(pointer):
            self.alive.remove(address(pointer))  # a KeyError would mean: not ours, or freed twice
            function(pointer)

        return free


def address(pointer):
    return ctypes.cast(pointer, ctypes.c_void_p).value


@pytest.fixture
def ledger(monkeypatch):
    gc.collect()
    ledger = Ledger()
    for name in MAKERS:
        monkeypatch.setattr(library, name, ledger.on_making(getattr(library, name)))
    for name in FREERS:
        monkeypatch.setattr(library, name, ledger.on_freeing(getattr(library, name)))
    return ledger


def make_one_of_each():
    adam = descent.Adam(schedule=descent.schedules.Cosine(steps=10))
    adam.step([(np.ones(5), np.ones(5))])
    classifier = descent.LinearClassifier(epochs=1, optimizer=descent.SGD()).fit(np.eye(3), [0, 1, 2])
    return [adam, classifier, descent.Sampler(10, 3), descent.Momentum()]


def test_ledger_sees_all_kinds():
    assert len(MAKERS) >= len(FREERS) >= 3


@pytest.mark.parametrize("seed", range(5))
def test_any_order(ledger, seed):
    objects = make_one_of_each() + make_one_of_each()
    random.Random(seed).shuffle(objects)
    assert ledger.made >= 10
    while objects:
        one = objects.pop()
        if hasattr(one, "close") and len(objects) % 2:
            one.close()
            one.close()
        del one
    gc.collect()
    assert not ledger.alive


def test_context_managers_and_what_survives_them(ledger):
    with descent.Adam() as adam, descent.Sampler(4, 2) as sampler:
        assert len(ledger.alive) == 2
    assert not ledger.alive
    for closed in (adam.reset, sampler.next_batch):
        with pytest.raises(ValueError, match="closed"):
            closed()


@pytest.mark.parametrize(
    "make",
    [
        lambda: descent.Adam(learning_rate=-1),
        lambda: descent.Adam(schedule="nonsense"),
        lambda: descent.Adam(nonsense=1),
        lambda: descent.schedules.Cosine(steps=0),
        lambda: descent.Sampler(3, 4, drop_last=True),
        lambda: descent.Sampler(3, 0),
        lambda: descent.LinearClassifier(loss="huber").fit(np.eye(2), [0, 1]),
        lambda: descent.LinearClassifier(l2=-1).fit(np.eye(2), [0, 1]),
        lambda: descent.SGD().set_group(1, learning_rate=0.1, weight_decay=-1),
        lambda: descent.minimize(lambda x: 1 / 0, [1.0]),
    ],
)
def test_error_while_an_object_is_made(ledger, make):
    with pytest.raises((ValueError, TypeError, ZeroDivisionError)):
        make()
    gc.collect()
    assert not ledger.alive


def test_subclass_that_fails(ledger):
    class Early(descent.Adam):
        def __init__(self):
            raise OSError("early")

    class Late(descent.Adam):
        def __init__(self):
            super().__init__(learning_rate=0.5)
            raise OSError("late")

    for kind in (Early, Late):
        with pytest.raises(OSError, match=r"early|late"):
            kind()
    gc.collect()
    assert ledger.made == 1
    assert not ledger.alive


def test_made_anew_in_the_same_place(ledger):
    adam = descent.Adam()
    adam.__init__(learning_rate=0.5)
    assert len(ledger.alive) == 1
    assert adam.learning_rate == 0.5


def test_cycle_is_collected(ledger):
    class Owner:
        def __init__(self):
            self.adam, self.me = descent.Adam(), self

    Owner()
    assert len(ledger.alive) == 1
    gc.collect()
    assert not ledger.alive


def test_fit_after_fit_and_copies(ledger):
    features, labels = np.eye(4), [0, 1, 0, 1]
    classifier = descent.LinearClassifier(epochs=1, optimizer=descent.Adam())
    for _ in range(5):
        classifier.fit(features, labels)
    assert len(ledger.alive) == 2
    classifier.random_search(features, labels, trials=3)
    classifier.learning_rate_range(features, labels, steps=3)
    classifier.check_gradient(features, labels)
    gc.collect()
    assert len(ledger.alive) == 2
    del classifier
    gc.collect()
    assert not ledger.alive


def test_memory_comes_back():
    code = """
import resource
w = np.zeros(250_000)


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


before = peak()
for _ in range(300):  # 4 MB of state each
    descent.Adam().step([(w, w.copy())])
    descent.Adam(learning_rate=0.1, schedule=descent.schedules.Step(steps=3)).step([(w, w.copy())])
print(peak() - before < 60)
"""
    assert succeed(code) == "True\n"


AT_EXIT = {
    "globals": """
adam, sampler = descent.Adam(), descent.Sampler(9, 3)
model = classifier(epochs=1).fit(features, labels)
""",
    "a cycle": "everything = [descent.Adam()]\neverything.append(everything)",
    "a module's attribute": "descent.mine = np.mine = descent.Adam()",
    "closing while modules vanish": """
class Closing:
    def __init__(self):
        self.adam, self.sampler = descent.Adam(), descent.Sampler(9, 3)
    def __del__(self):
        self.adam.close()
        self.sampler.close()
kept = Closing()
descent.kept = Closing()
""",
    "an exit in a fit": "classifier(progress=lambda report: sys.exit(0)).fit(features, labels)",
    "an exit in a function": "descent.minimize(lambda x: sys.exit(0), [1.0])",
    "os._exit": "adam = descent.Adam()\nos._exit(0)",
}


@pytest.mark.parametrize("code", AT_EXIT.values(), ids=AT_EXIT)
def test_end_of_the_program(code):
    assert succeed(code) == ""


def test_exit_handlers_may_still_use_everything():
    """One that saves a result runs after those that were registered later, weakref's among them."""
    before = """
import atexit
@atexit.register
def save():
    for _ in range(100):
        adam.step([(weights, np.ones(1000))])
    print(adam.step_count, model.score(features, labels) > 0.5, len(sampler.next_batch()))
"""
    code = """
weights = np.ones(1000)
adam, model, sampler = descent.Adam(), classifier(epochs=1).fit(features, labels), descent.Sampler(9, 3)
"""
    assert succeed(code, before + PREAMBLE) == "100 True 3\n"


@pytest.mark.parametrize("progress", ["None", "lambda report: None"])
def test_daemon_threads_at_work_when_the_program_ends(progress):
    code = f"""
def step():
    adam, weights = descent.Adam(), np.ones(1_000_000)
    while True:
        adam.step([(weights, np.ones(1_000_000))])


model = classifier(epochs=1).fit(features, labels)
for work in (lambda: classifier(progress={progress}).fit(features, labels), step,
             lambda: [model.evaluate(features, labels) for _ in range(10**9)]):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.3)
print("end", flush=True)
"""
    assert succeed(code) == "end\n"


def test_forked_process_has_objects_of_its_own():
    code = """
import warnings
warnings.simplefilter("ignore")  # Python warns of a fork beside other threads, which OpenBLAS has
adam, weights = descent.Adam(), np.ones(1000)
adam.step([(weights, np.ones(1000))])
model = classifier(epochs=1).fit(features, labels)
for _ in range(3):
    child = os.fork()
    if child == 0:
        adam.step([(weights, np.ones(1000))])
        own = classifier(epochs=1).fit(features, labels)
        same = (own.coef_ == model.coef_).all() and adam.step_count == 2
        del adam, model, own
        sys.exit(7 if same else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
adam.step([(weights, np.ones(1000))])
print(adam.step_count, model.score(features, labels) > 0.5)
"""
    assert succeed(code) == "2 True\n"
