"""Threads with objects of their own run at the same time, and get the bits that they get one after the other."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from stepped import STEPPED
from test_classifier import blobs

import descent

WORKERS = 6
FEATURES, LABELS = blobs(2000, 50)


def optimize(number):
    """Steps of large and small tensors in turn, each worker with an algorithm of its own."""
    random = np.random.default_rng(number)
    kind = list(STEPPED.values())[number % len(STEPPED)]
    params = {"large": random.normal(size=100_000).astype(np.float32), "small": random.normal(size=7)}
    with kind(learning_rate=0.01, clip_norm=1.0, track_health=True) as optimizer:
        for _ in range(30):
            optimizer.update(params, {name: array * 2 for name, array in params.items()})
        return [params["large"].tobytes(), params["small"].tobytes(), repr(optimizer.health())]


def classify(number):
    """A fit with a progress function, and everything that a fitted classifier tells."""
    steps = []
    model = descent.LinearClassifier(optimizer="adam", epochs=3, seed=number, progress=lambda r: steps.append(r.loss))
    model.fit(FEATURES, LABELS)
    told = model.evaluate(FEATURES, LABELS), model.predict_proba(FEATURES).tobytes(), steps
    return [model.coef_.tobytes(), model.intercept_.tobytes(), *told]


def search(number):
    """Functions of one's own, which Python computes while C waits."""

    def bowl(x):
        return float(x @ x), 2 * x

    start = np.arange(1.0, 5.0) + number
    end = descent.minimize(bowl, start, jac=True, optimizer=descent.RMSProp(learning_rate=0.01), max_steps=300)
    found = descent.random_search(bowl, start, trials=300, seed=number)
    return [end.x.tobytes(), found.x.tobytes(), descent.numeric_gradient(bowl, start).tobytes()]


def draw(number):
    """Minibatches and first weights."""
    sampler = descent.Sampler(1000, 30, seed=number, weights=np.arange(1000.0))
    return [[batch.tobytes() for batch in sampler], descent.initialize((50, 20), seed=number).tobytes()]


def fail(number):
    """The text of each error is that of the thread's own."""
    texts = []
    for attempt in range(200):
        with pytest.raises(descent.InvalidArgumentError) as caught:
            descent.SGD(learning_rate=-1 - number - attempt * WORKERS)
        texts.append(str(caught.value))
    assert len(set(texts)) == 200
    return texts


@pytest.mark.parametrize("work", [optimize, classify, search, draw, fail])
def test_same_results_as_one_after_the_other(work):
    alone = [work(number) for number in range(WORKERS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        together = list(pool.map(work, range(WORKERS)))
    assert together == alone


def test_everything_at_once():
    """Different work beside each other, and each twice."""
    jobs = [(work, number) for work in (optimize, classify, search, draw, fail) for number in (0, 1)]
    alone = [work(number) for work, number in jobs]
    with ThreadPoolExecutor(len(jobs)) as pool:
        together = [future.result() for future in [pool.submit(work, number) for work, number in jobs]]
    assert together == alone


def test_objects_change_hands():
    """Made in one thread, used in a second, freed in a third: what counts is that it is one at a time."""
    weights = np.ones(1000)

    def in_another_thread(function):
        thread = threading.Thread(target=function)
        thread.start()
        thread.join()

    made = []
    in_another_thread(lambda: made.append(descent.Adam(learning_rate=0.1)))
    in_another_thread(lambda: made[0].step([(weights, np.ones(1000))]))
    assert made[0].step_count == 1
    assert np.allclose(weights, 0.9)
    in_another_thread(made.clear)


def test_other_threads_run_while_the_library_computes():
    """One long call: if it held Python's lock, this thread would stand still from its beginning to its end."""
    predictions, targets = np.ones(10_000_000), np.ones(10_000_000)
    durations = []

    def compute():
        began = time.perf_counter()
        descent.logistic(predictions, targets, out=predictions)
        durations.append(time.perf_counter() - began)

    worker = threading.Thread(target=compute)
    longest_pause, last = 0.0, time.perf_counter()
    worker.start()
    while worker.is_alive():
        now = time.perf_counter()
        longest_pause, last = max(longest_pause, now - last), now
    assert longest_pause < durations[0] / 2
