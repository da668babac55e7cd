"""Saved bytes of models that version 0.1 did not have: whole, cut off, changed, and changed with a right checksum."""

import contextlib

import numpy as np
import pytest
from linear_models import CORRUPT, Model, Optimizer, RefusedError, answers_of, dataset, random_case

from descent._c.library import library

# Kind of model, and what its fit has.
CASES = {
    "standardized": ("softmax_cross_entropy", False, {"standardize": 1}),
    "binary": ("squared_hinge", True, {"standardize": 1, "average": 1}),
    "regressor": ("huber", False, {"patience": 4}),
    "all": ("quantile", False, {"standardize": 1, "average": 1, "patience": 4, "validated": True}),
}


def saved_model(case, *, is_stopped):
    """(the model, its data, its bytes)"""
    loss, binary, options = CASES[case]
    options = dict(options)
    model, features, answers = random_case(loss, samples=9, dimension=3, outputs=2, binary=binary, l2=0.25)
    data = dataset(features, **answers_of(model, answers), weights=np.arange(9.0))
    if options.pop("validated", False):
        options["validation"] = data
    trained = model.another()
    optimizer = Optimizer("adam", average=1)
    stops = (lambda report: report.step == 5) if is_stopped else None
    try:
        trained.fit(optimizer, data, stops, batch_size=4, epochs=3, **options)
    except RefusedError:
        assert is_stopped
    return trained, data, trained.save()


def with_checksum(content):
    """Bytes whose last eight are right."""
    return content[:-8] + library.descent_checksum(content, len(content) - 8).to_bytes(8, "little")


cases = pytest.mark.parametrize("case", CASES)
stopped = pytest.mark.parametrize("is_stopped", [False, True])


@cases
@stopped
def test_whole(case, is_stopped):
    model, data, saved = saved_model(case, is_stopped=is_stopped)
    loaded = model.load(saved)
    assert loaded.save() == saved
    assert loaded.bits == model.bits
    assert loaded.scores(data).tobytes() == model.scores(data).tobytes()
    assert loaded.evaluate(data) == model.evaluate(data)
    assert [part.tobytes() for part in loaded.exact()] == [part.tobytes() for part in model.exact()]
    assert loaded.result()["reason"] == "none"


@cases
@stopped
def test_cut_off_and_changed(case, is_stopped):
    model, _, saved = saved_model(case, is_stopped=is_stopped)
    for length in range(len(saved)):
        require_corrupt(model, saved[:length])
    require_corrupt(model, saved + b"\0")
    for place in range(len(saved)):
        require_corrupt(model, saved[:place] + bytes([saved[place] ^ 1 << place % 8]) + saved[place + 1 :])


def require_corrupt(model, content):
    with pytest.raises(RefusedError) as refusal:
        model.load(content)
    assert refusal.value.status == CORRUPT


@cases
@stopped
def test_changed_on_purpose(case, is_stopped):
    """Whatever loads can be used, saved and loaded again."""
    model, data, saved = saved_model(case, is_stopped=is_stopped)
    assert with_checksum(saved) == saved
    loads, statuses = 0, set()
    for place in range(len(saved) - 8):
        for bit in (0, 3, 7):
            content = with_checksum(saved[:place] + bytes([saved[place] ^ 1 << bit]) + saved[place + 1 :])
            try:
                loaded = model.load(content)
            except RefusedError as refusal:
                statuses.add(refusal.status)
                continue
            loads += 1
            use(loaded, data, standardize=bit % 2)
    assert statuses == {CORRUPT}
    assert loads > 100


def use(model, data, standardize):
    """Does with it all that there is to do; a call may refuse."""
    for call in (
        lambda: model.scores(data),
        lambda: model.evaluate(data),
        model.exact,
        lambda: model.fit(Optimizer("adam"), data, goes_on=True, batch_size=4, epochs=4),
        lambda: model.fit(Optimizer("adam"), data, batch_size=4, epochs=1, standardize=standardize),
        lambda: model.load(model.save()),
    ):
        with contextlib.suppress(RefusedError):
            call()


def test_the_bytes_of_what_0_1_had_are_as_they_were():
    """Nothing new is among the entries of a plain classifier."""
    model, features, labels = random_case("softmax_cross_entropy")
    model.fit(Optimizer("adam"), dataset(features, labels), batch_size=16, epochs=2)
    saved = model.save()
    for word in (b"task", b"scaling", b"watch", b"target", b"weight_digest", b"loss_parameter"):
        assert word not in saved
    for kind, word in [
        (Model("squared_hinge", 2, binary=True), b"task"),
        (Model("huber", 2), b"loss_parameter"),
        (Model("poisson", 2), b"task"),
    ]:
        assert word in kind.save()
