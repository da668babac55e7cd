"""Arrays that an optimizer cannot use: each is named, and nothing has changed."""

import numpy as np
import pytest

import descent


def good():
    """Two parameters with their gradients, as update() takes them."""
    random = np.random.default_rng(3)
    return (
        {"w": random.normal(size=(3, 4)), "b": random.normal(size=4)},
        {"w": random.normal(size=(3, 4)), "b": random.normal(size=4)},
    )


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


# What is wrong, in which dict, how it is made of the right array, the error, and what the message says.
BAD = [
    ("params", lambda a: a.astype(np.int64), TypeError, "int64.*float32 or float64"),
    ("params", lambda a: a.astype(np.float16), TypeError, "float16"),
    ("params", lambda a: a.astype(complex), TypeError, "complex"),
    ("params", lambda a: a.astype(object), TypeError, "object"),
    ("params", lambda a: a.astype(a.dtype.newbyteorder()), TypeError, "byte-swapped"),
    ("params", lambda a: a.tolist(), TypeError, "type list"),
    ("params", lambda a: None, TypeError, "NoneType"),
    ("params", lambda a: a[0, 0], TypeError, "float64"),
    ("params", np.asfortranarray, ValueError, "not C-contiguous"),
    ("params", lambda a: np.repeat(a, 2, axis=1)[:, ::2], ValueError, "not C-contiguous"),
    ("params", lambda a: a[::-1], ValueError, "not C-contiguous"),
    ("params", read_only, ValueError, "read-only"),
    ("params", lambda a: a[:0], ValueError, "shape"),
    ("grads", lambda a: a.astype(np.float32), TypeError, "float32.*same dtype"),
    ("grads", lambda a: a.astype(np.int32), TypeError, "int32"),
    ("grads", lambda a: a.astype(a.dtype.newbyteorder()), TypeError, "byte-swapped"),
    ("grads", list, TypeError, "list"),
    ("grads", lambda a: a[:, :3].copy(), ValueError, r"\(3, 3\).*\(3, 4\).*same shape"),
    ("grads", lambda a: a.reshape(12), ValueError, "same shape"),
    ("grads", lambda a: np.ascontiguousarray(a.T), ValueError, r"\(4, 3\).*\(3, 4\)"),
    ("grads", np.asfortranarray, ValueError, "not C-contiguous"),
]


def snapshot(params, grads):
    return [a.tobytes() for a in (*params.values(), *grads.values()) if isinstance(a, np.ndarray)]


@pytest.mark.parametrize("stepped", [False, True], ids=["first step", "later step"])
@pytest.mark.parametrize(("where", "spoil", "error", "text"), BAD)
def test_bad_array_is_named_and_nothing_changes(where, spoil, error, text, stepped):
    params, grads = good()
    adam = descent.Adam()
    if stepped:
        adam.update(params, grads)
    {"params": params, "grads": grads}[where]["w"] = spoil({"params": params, "grads": grads}[where]["w"])
    before = snapshot(params, grads)
    with pytest.raises(error, match=text) as caught:
        # The good tensor comes first: it must not have been stepped when the bad one is found.
        adam.update({"b": params["b"], "w": params["w"]}, grads)
    assert f"{where}['w']" in str(caught.value)
    assert snapshot(params, grads) == before
    assert adam.step_count == stepped
    # The optimizer is as good as before.
    adam.update(*good())
    assert adam.step_count == stepped + 1


@pytest.mark.parametrize(
    ("params", "grads", "error", "text"),
    [
        (["w"], ["w", "b"], ValueError, "params has no key 'b'|grads has the key 'b'"),
        (["w", "b"], ["w"], ValueError, "grads has no key 'b'"),
        (["w", "b"], ["w", "b", "c"], ValueError, "grads has the key 'c'"),
        (["w", "b", "c"], ["w", "b", "c"], ValueError, "params has the key 'c', but the first step"),
        (["b"], ["b"], ValueError, "params has no key 'w', but the first step"),
    ],
)
def test_keys_must_be_those_of_the_first_step(params, grads, error, text):
    first_params, first_grads = good()
    adam = descent.Adam()
    adam.update(first_params, first_grads)
    first_params["c"], first_grads["c"] = np.ones(2), np.ones(2)
    before = snapshot(first_params, first_grads)
    with pytest.raises(error, match=text):
        adam.update({k: first_params[k] for k in params}, {k: first_grads[k] for k in grads})
    assert snapshot(first_params, first_grads) == before
    assert adam.step_count == 1


def test_other_shape_or_dtype_than_in_the_first_step_is_named():
    params, grads = good()
    adam = descent.Adam()
    adam.update(params, grads)
    for other in (np.ones((4, 3)), np.ones(12), np.ones((3, 4), np.float32)):
        changed, slopes = {**params, "w": other}, {**grads, "w": other.copy()}
        with pytest.raises(descent.ShapeMismatchError, match=r"params\['w'\].*first step.*\(3, 4\)"):
            adam.update(changed, slopes)
    with pytest.raises(descent.ShapeMismatchError, match="1 tensors, but the first step had 2"):
        adam.step([(params["w"], grads["w"])])
    assert adam.step_count == 1
    # A row of four is the vector of four.
    adam.update({**params, "b": params["b"].reshape(1, 4)}, {**grads, "b": grads["b"].reshape(1, 4)})


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda m: [(m[:4], m[:4])], ["values of tensor 0", "gradient of tensor 0"]),
        (lambda m: [(m[:4], m[3:7])], ["values of tensor 0", "gradient of tensor 0"]),
        (lambda m: [(m[:4], m[8:12]), (m[2:6], m[16:20])], ["values of tensor 0", "values of tensor 1"]),
        (lambda m: [(m[:4], m[8:12]), (m[12:16], m[3:7])], ["values of tensor 0", "gradient of tensor 1"]),
        (lambda m: [(m[:4], m[8:12]), (m[11:15], m[16:20])], ["gradient of tensor 0", "values of tensor 1"]),
        (lambda m: [(m[:4], m[8:12]), (m[:4], m[16:20])], ["values of tensor 0", "values of tensor 1"]),
    ],
)
def test_overlap_is_named_and_nothing_changes(make, names):
    memory = np.arange(24.0)
    sgd = descent.SGD()
    with pytest.raises(ValueError, match="overlap") as caught:
        sgd.step(make(memory))
    for name in names:
        assert name in str(caught.value)
    np.testing.assert_array_equal(memory, np.arange(24.0))
    sgd.step([(memory[:4], memory[4:8])])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda o: o.update([np.ones(2)], [np.ones(2)]), "params must be a dict"),
        (lambda o: o.update({"w": np.ones(2)}, [np.ones(2)]), "grads must be a dict"),
        (lambda o: o.step([np.ones(2)]), "tensor 0 must be a pair"),
        (lambda o: o.step([(np.ones(2), np.ones(2)), (np.ones(2),)]), "tensor 1 must be a pair"),
    ],
)
def test_other_things_than_dicts_and_pairs_are_refused(call, text):
    with pytest.raises(TypeError, match=text):
        call(descent.SGD())


def test_no_tensor_at_all_is_an_error():
    sgd = descent.SGD()
    with pytest.raises(ValueError, match="count"):
        sgd.update({}, {})
    with pytest.raises(ValueError, match="count"):
        sgd.step([])
    assert sgd.step_count == 0


def test_writable_flag_is_looked_at_in_every_step():
    w, g = np.ones(3), np.ones(3)
    sgd = descent.SGD()
    sgd.step([(w, g)])
    w.flags.writeable = False
    before = w.copy()
    with pytest.raises(ValueError, match="read-only"):
        sgd.step([(w, g)])
    np.testing.assert_array_equal(w, before)
