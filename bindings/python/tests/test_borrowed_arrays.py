"""Arrays that a running fit reads in place: its progress function cannot take their memory away."""

import mmap

import numpy as np
import pytest

import descent

Y = np.array([0, 1, 0, 1, 0, 1])


def features(dtype=np.float32):
    return np.arange(12).reshape(6, 2).astype(dtype)


def ended_fit(progress):
    """A classifier whose fit stopped after a step, with another progress function."""
    classifier = descent.LinearClassifier(optimizer="adam", batch_size=2, progress=lambda report: True).fit(
        features(), Y
    )
    return classifier.set_params(progress=progress)


CALLS = {
    "fit": lambda X, progress: descent.LinearClassifier(optimizer="adam", batch_size=2, progress=progress).fit(X, Y),
    "resume": lambda X, progress: ended_fit(progress).resume(X, Y),
    "random_search": lambda X, progress: descent.LinearClassifier(optimizer="adam", progress=progress).random_search(
        X, Y, trials=9
    ),
}
RESIZES = {
    "larger": lambda a: a.resize((60_000, 2), refcheck=False),
    "smaller": lambda a: a.resize((1, 2), refcheck=False),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("resize", RESIZES)
@pytest.mark.parametrize("viewed", [False, True])
def test_numpy_refuses_to_resize_what_a_fit_reads(call, resize, viewed):
    owner = features()
    X = owner[:, :] if viewed else owner
    reports = []

    def progress(report):
        reports.append(report)
        RESIZES[resize](owner)

    with pytest.raises(ValueError, match="cannot resize"):
        CALLS[call](X, progress)
    assert len(reports) == 1
    assert owner.tolist() == features().tolist()
    del X
    owner.resize((1, 2), refcheck=False)  # afterwards it is the caller's again


REPLACEMENTS = {
    "longer state": lambda a: a.__setstate__((1, (60_000, 2), a.dtype, False, bytes(120_000 * a.itemsize))),
    "shorter state": lambda a: a.__setstate__((1, (1,), a.dtype, False, bytes(a.itemsize))),
    "data": lambda a: setattr(a, "data", np.ones_like(a).data),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("replacement", REPLACEMENTS)
@pytest.mark.parametrize("viewed", [False, True])
def test_other_memory_ends_the_fit(call, replacement, viewed):
    owner = features()
    X = owner[:] if viewed else owner
    reports = []

    def progress(report):
        reports.append(report)
        REPLACEMENTS[replacement](owner)

    # NumPy may refuse to set `data`.
    with pytest.raises((descent.InvalidArgumentError, AttributeError), match=r"X was given other memory|'data'"):
        CALLS[call](X, progress)
    assert len(reports) == 1


def test_a_fit_that_ends_so_leaves_everything_as_it_was():
    classifier = descent.LinearClassifier(optimizer=descent.Adam()).fit(features(), Y)
    before = classifier.coef_.tobytes(), classifier.optimizer.step_count
    X = features()
    classifier.progress = lambda report: REPLACEMENTS["longer state"](X)
    with pytest.raises(descent.InvalidArgumentError, match="work on a copy"):
        classifier.fit(X, Y)
    assert (classifier.coef_.tobytes(), classifier.optimizer.step_count) == before


def over_a_bytearray(_path):
    memory = bytearray(features().tobytes())
    return np.ndarray((6, 2), np.float32, memory), lambda: memory.extend(bytes(100_000))


def over_a_memory_map(path):
    path.write_bytes(features().tobytes())
    with path.open("r+b") as file:
        memory = mmap.mmap(file.fileno(), 0)
    return np.ndarray((6, 2), np.float32, memory), memory.close


def over_numpys_memory_map(path):
    path.write_bytes(features().tobytes())
    X = np.memmap(path, np.float32, "r+", shape=(6, 2))
    return X, X.base.close


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("make", [over_a_bytearray, over_a_memory_map, over_numpys_memory_map])
def test_memory_that_is_not_numpys_stays_too(call, make, tmp_path):
    X, take_away = make(tmp_path / "features")
    with pytest.raises(BufferError):
        CALLS[call](X, lambda report: take_away())
    assert X.tolist() == features().tolist()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_the_contents_may_change(dtype):
    X = features(dtype)

    def progress(_report):
        X[:] = 0
        X.shape = 12

    descent.LinearClassifier(optimizer="adam", epochs=2, batch_size=2, scale=1, progress=progress).fit(X, Y)


# What these read are copies: their functions may do with the caller's arrays what they like.
COPYING = {
    "features that are converted": lambda a, do: descent.LinearClassifier(
        optimizer="adam", batch_size=2, progress=lambda r: do()
    ).fit(a.reshape(6, 2, copy=False) if a.shape != (6, 2) else a, Y),
    "minimize": lambda a, do: descent.minimize(
        lambda x: (do() or x.sum(), x), a, jac=True, max_steps=5, callback=lambda x, r: do()
    ).x.tobytes(),
    "random_search": lambda a, do: descent.random_search(
        lambda x: do() or x.sum(), a, mode="local", trials=5, callback=lambda x, r: do()
    ).x.tobytes(),
    "learning_rate_range": lambda a, do: descent.learning_rate_range(
        lambda x: (do() or (x**2).sum(), 2 * x), a, jac=True, steps=5
    ).losses.tobytes(),
    "check_gradient": lambda a, do: repr(descent.check_gradient(lambda x: (do() or (x**2).sum(), 2 * x), a)),
    "numeric_gradient": lambda a, do: descent.numeric_gradient(lambda x: do() or x.sum(), a).tobytes(),
}


@pytest.mark.parametrize("call", COPYING)
def test_what_is_copied_may_change(call):
    def run(do):
        result = COPYING[call](array, do)
        return result if isinstance(result, bytes | str) else result.coef_.tobytes()

    # A type that the library does not read in place.
    dtype = np.int64 if "features" in call else np.float64
    array = features(dtype)
    untouched = run(lambda: None)
    array = features(dtype)
    assert run(lambda: array.resize((60_000, 2), refcheck=False)) == untouched


def test_labels_may_change():
    y = Y.copy()
    untouched = descent.LinearClassifier(optimizer="adam", batch_size=2).fit(features(), y)
    changed = descent.LinearClassifier(
        optimizer="adam", batch_size=2, progress=lambda r: y.resize(1, refcheck=False)
    ).fit(features(), y)
    assert changed.coef_.tobytes() == untouched.coef_.tobytes()
