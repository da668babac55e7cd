"""Ctrl-C, in another process: it ends a fit within a second, and what was trained until then is kept."""

import signal

import pytest
from children import finish, interrupt, start, succeed

CATCH = """
try:
    ready()
    {work}
    sys.exit("it was not interrupted")
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""

USABLE = """
assert model.stopped_
assert model.score(features, labels) > 0.4, model.score(features, labels)  # by chance: 0.25
assert model.evaluate(features, labels)[0] < np.log(4)
assert len(model.history_) == model.optimizer.step_count // 40, (len(model.history_), model.optimizer.step_count)
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
model.set_params(epochs=1, progress=None).fit(features, labels)
assert not model.stopped_ and len(model.history_) == 1
print("usable")
"""


def interrupted(work, afterwards='print("as expected")'):
    seconds, status, output, errors = interrupt(CATCH.format(work=work.replace("\n", "\n    ")) + afterwards)
    assert (status, errors) == (0, ""), errors
    assert seconds < 1
    return output.removeprefix("interrupted\n")


@pytest.mark.parametrize("progress", ["None", "lambda report: None", "lambda report: time.sleep(0.001)"])
def test_first_fit_keeps_what_was_trained(progress):
    work = f"model = classifier(optimizer=descent.Adam(), progress={progress})\nmodel.fit(features, labels)"
    assert interrupted(work, USABLE) == "usable\n"


def test_interrupted_fit_takes_the_place_of_an_earlier_one():
    work = """
model = classifier(optimizer=descent.Adam(), epochs=1).fit(features[:, :3].copy(), labels % 2)
assert model.n_features_in_ == 3
model.set_params(epochs=1_000_000).fit(features, labels)"""
    assert interrupted(work, "assert model.n_features_in_ == 100 and len(model.classes_) == 4" + USABLE) == "usable\n"


def test_random_search_keeps_the_best_weights():
    work = "model = classifier(seed=3)\nmodel.random_search(features, labels, trials=1_000_000_000, scale=0.01)"
    check = "\nassert model.stopped_ and model.evaluate(features, labels)[0] < np.log(4)\nprint('usable')"
    assert interrupted(work, check) == "usable\n"


@pytest.mark.parametrize(
    "work",
    [
        "descent.minimize(lambda x: x @ x, np.ones(100), optimizer='adam', max_steps=10**9, gradient_tolerance=0)",
        "descent.random_search(lambda x: float(x @ x), np.ones(100), trials=10**9)",
        "descent.numeric_gradient(lambda x: float(x @ x), np.ones(10**6))",
        "descent.check_gradient(lambda x: (float(x @ x), 2 * x), np.ones(10**6))",
        "descent.learning_rate_range(lambda x: float(x @ x), np.ones(10**5))",
        "while True: classifier(epochs=1).fit(features, labels).evaluate(features, labels)",
    ],
)
def test_other_work_ends_too(work):
    assert interrupted(work) == "as expected\n"


def test_optimizer_of_an_interrupted_minimization_goes_on():
    work = """
adam = descent.Adam()
descent.minimize(lambda x: (float(x @ x), 2 * x), np.ones(9), jac=True, optimizer=adam, max_steps=10**9,
                 gradient_tolerance=0)"""
    check = """
steps = adam.step_count
assert steps > 0
descent.minimize(lambda x: (float(x @ x), 2 * x), np.ones(9), jac=True, optimizer=adam, max_steps=7)
print(adam.step_count - steps)"""
    assert interrupted(work, check) == "7\n"


def test_uncaught_interrupt_ends_the_program_as_usual():
    seconds, status, _, errors = interrupt("ready()\nclassifier(optimizer='adam').fit(features, labels)")
    assert seconds < 1
    assert status == -signal.SIGINT
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert "ignored" not in errors


def test_impatient_user():
    """Ctrl-C again and again, also while the first one is being answered."""
    code = """
def press():
    while not finished.is_set():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.001)


def fit():
    global interrupts
    try:
        model.fit(features, labels)
    except KeyboardInterrupt:
        interrupts += 1


finished, interrupts = threading.Event(), 0
model = classifier(optimizer=descent.Adam(), epochs=3).fit(features, labels)
model.set_params(epochs=1_000_000)
presser = threading.Timer(0.2, press)
presser.start()
while presser.is_alive():
    try:
        fit()
        if interrupts > 50:
            finished.set()
            presser.join()
    except KeyboardInterrupt:
        pass  # it came between two fits
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
assert (model.coef_.shape, model.n_features_in_, len(model.classes_)) == ((4, 100), 100, 4)
print(model.stopped_)
"""
    # One that comes while memory is being freed, Python itself reports and drops: that is no error here.
    status, output, errors = finish(start(code))
    assert (status, output) == (0, "True\n"), errors


def test_fit_in_another_thread_leaves_the_main_thread_free():
    """Python gives Ctrl-C to the main thread, which tells the fit to stop in the way that it has agreed on."""
    work = """
stop, ended = threading.Event(), threading.Event()
model = classifier(optimizer=descent.Adam(), progress=lambda report: stop.is_set())
threading.Thread(target=lambda: model.fit(features, labels) and ended.set()).start()
ended.wait()"""
    check = """
stop.set()
assert ended.wait(1)
"""
    assert interrupted(work, check + USABLE) == "usable\n"


def test_fit_in_another_thread_does_not_hold_up_the_main_thread():
    work = """
threading.Thread(target=classifier().fit, args=(features, labels), daemon=True).start()
while True:
    time.sleep(10)"""
    assert interrupted(work) == "as expected\n"


def test_timeout_by_a_signal_comes_out_of_the_fit():
    """A handler that raises, as many programs have one; the classifier is as it was."""
    output = succeed("""
def fail(number, frame):
    raise TimeoutError("too slow")


signal.signal(signal.SIGALRM, fail)
model = classifier(optimizer="adam", epochs=1).fit(features, labels)
before = model.coef_
for progress in (None, lambda report: None):
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    began = time.monotonic()
    try:
        model.set_params(epochs=1_000_000, progress=progress).fit(features, labels)
    except TimeoutError as error:
        print(error, time.monotonic() - began < 1, (model.coef_ == before).all(), model.stopped_)
assert signal.getsignal(signal.SIGALRM) is fail
""")
    assert output == "too slow True True False\n" * 2
