"""Tensors of every kind that parameters and gradients are of: in place, or by name not at all."""

import gc
import weakref

import pytest
import torch
from problems import EVERY, gradients_for, ours, parameter, require_close, theirs
from torch._subclasses import FakeTensorMode

import descent.torch

# Of a method that sees elements, one that sums over tensors, and one that sees matrices.
KINDS = ["AdamW", "LAMB", "Muon", "SOAP"]


def run(optimizer, tensors, steps=3):
    for step in range(steps):
        gradients_for(tensors, step)
        optimizer.step()


def transposed(tensor):
    return torch.nn.Parameter(tensor.detach().t().contiguous().t())


def channels_last(tensor):
    return torch.nn.Parameter(tensor.detach().contiguous(memory_format=torch.channels_last))


def with_gaps(tensor):
    room = torch.zeros(*tensor.shape[:-1], 2 * tensor.shape[-1])
    room[..., ::2] = tensor.detach()
    return torch.nn.Parameter(room[..., ::2])


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    ("shape", "arrange"),
    [((6, 4), transposed), ((3, 2, 4, 5), channels_last), ((6, 4), with_gaps), ((3, 4, 5), with_gaps)],
)
def test_other_orders_in_memory(name, shape, arrange):
    """The same steps as of a contiguous parameter; in place, so that who shares the memory sees them."""
    plain, other = parameter(*shape), arrange(parameter(*shape))
    assert not other.is_contiguous()
    place, strides, alias = other.data_ptr(), other.stride(), other.detach()
    one, two = ours(name)([plain]), ours(name)([other])
    run(one, [plain])
    run(two, [other])
    require_close([other.detach()], [plain.detach()], 1e-6)
    assert (other.data_ptr(), other.stride()) == (place, strides)
    assert torch.equal(alias, other.detach())
    for key, value in one.state[plain].items():
        torch.testing.assert_close(two.state[other][key], value, rtol=1e-5, atol=1e-6)
    if name == "AdamW" and arrange is not with_gaps:
        assert two.state[other]["exp_avg"].stride() == strides  # as PyTorch's preserve_format


def test_gradients_in_another_order():
    for arrange in (lambda gradient: gradient.t().contiguous().t(), lambda gradient: gradient[:1].expand(6, 4)):
        plain, other = parameter(6, 4), parameter(6, 4)
        one, two = ours("AdamW")([plain]), theirs("AdamW")([other])
        for step in range(3):
            for tensor in (plain, other):
                gradients_for([tensor], step)
                tensor.grad = arrange(tensor.grad)
            one.step()
            two.step()
        require_close([plain.detach()], [other.detach()], 1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_every_type(kind, dtype):
    """The values of float32, rounded once a step; in place."""
    tensors = [parameter(6, 5, dtype=dtype), parameter(7, dtype=dtype, seed=1), parameter(dtype=dtype, seed=2)]
    places = [tensor.data_ptr() for tensor in tensors]
    before = [tensor.detach().clone() for tensor in tensors]
    run(kind(tensors, lr=1e5 if kind.__name__ == "Prodigy" else 0.1), tensors)
    assert [tensor.data_ptr() for tensor in tensors] == places
    assert {tensor.dtype for tensor in tensors} == {dtype}
    assert all(torch.isfinite(tensor).all() for tensor in tensors)
    assert any(not torch.equal(one, other) for one, other in zip(tensors, before, strict=True))


def test_bfloat16_is_float32_rounded_once():
    low, high = parameter(40, 30, dtype=torch.bfloat16), parameter(40, 30)
    with torch.no_grad():
        high.copy_(low)
    one, two = ours("AdamW")([low], lr=0.01), ours("AdamW")([high], lr=0.01)
    gradients_for([low], 1)
    high.grad = low.grad.float()
    one.step()
    two.step()
    assert torch.equal(low.detach(), high.detach().bfloat16())


@pytest.mark.skipif(not hasattr(torch.Tensor, "grad_dtype"), reason="this PyTorch has no grad_dtype")
def test_gradients_of_lower_precision_than_their_parameters():
    weight, reference = parameter(8, 6), parameter(8, 6)
    weight.grad_dtype = torch.bfloat16
    one, other = ours("AdamW")([weight]), ours("AdamW")([reference])
    for step in range(4):
        gradients_for([reference], step)
        low = reference.grad.bfloat16()
        weight.grad, reference.grad = low, low.float()
        one.step()
        other.step()
    assert torch.equal(weight.detach(), reference.detach())
    # Another parameter joins, and the gradient has the parameter's type again.
    weight.grad = None
    weight.grad_dtype = torch.float32
    late = parameter(3)
    one.add_param_group({"params": [late]})
    gradients_for([weight, late], 9)
    reference.grad = weight.grad.clone()
    one.step()
    other.step()
    assert torch.equal(weight.detach(), reference.detach())


def test_stochastic_rounding_goes_on_where_the_nearest_stands_still():
    tensors = [torch.nn.Parameter(torch.ones(4096, dtype=torch.bfloat16)) for _ in range(2)]
    optimizers = [ours("SGD")([tensors[0]], lr=1e-4), ours("SGD")([tensors[1]], lr=1e-4, stochastic_rounding=True)]
    for tensor, optimizer in zip(tensors, optimizers, strict=True):
        for _ in range(100):
            tensor.grad = torch.ones_like(tensor)
            optimizer.step()
    assert torch.equal(tensors[0].detach(), torch.ones(4096, dtype=torch.bfloat16))
    assert abs(tensors[1].float().mean().item() - 0.99) < 1e-3


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
def test_numbers_alone_and_tensors_without_any(kind):
    tensors = [parameter(), parameter(0, seed=1), parameter(3, 0, seed=2), parameter(4, seed=3)]
    optimizer = kind(tensors, lr=0.1)
    before = tensors[0].item()
    run(optimizer, tensors)
    assert tensors[0].item() != before
    state = optimizer.state_dict()
    optimizer.load_state_dict(state)
    run(optimizer, tensors)


@pytest.mark.parametrize("name", ["AdamW", "NAdam", "SGD", "RAdam"])
def test_gradients_that_are_none(name):
    """Such a parameter keeps its bits and its count of steps, and has no state before its first gradient."""
    options = {"momentum": 0.9} if name == "SGD" else {}
    results = []
    for kind in (ours(name), theirs(name)):
        tensors = [parameter(3, 2, dtype=torch.float64, seed=seed) for seed in range(3)]
        optimizer = kind(tensors, lr=0.05, **options)
        optimizer.step()  # nobody has one
        assert not optimizer.state
        for step in range(8):
            gradients_for(tensors, step)
            if step in (0, 3, 4):
                tensors[0].grad = None
            if step < 5:
                tensors[2].grad = None
            optimizer.step()
            assert (tensors[2] in optimizer.state) == (step >= 5)
        results.append([tensor.detach() for tensor in tensors])
    require_close(*results, 1e-6)


def test_nobody_pays_for_frozen_parameters():
    """Memory for state comes with the first gradient."""
    optimizer = ours("AdamW")([parameter(3), parameter(1000, seed=1)])
    optimizer.param_groups[0]["params"][0].grad = torch.ones(3)
    optimizer.step()
    assert [len(engine.members) for engine in optimizer._engines] == [1]


def embedding(kind, sparse, **options):
    table = torch.nn.Embedding(20, 4, sparse=sparse)
    with torch.no_grad():
        table.weight.copy_(parameter(20, 4))
    return table, kind(table.parameters(), **options)


@pytest.mark.parametrize("name", ["SGD", "Adagrad"])
def test_sparse_gradients_as_in_pytorch(name):
    results = []
    for kind in (ours(name), theirs(name)):
        table, optimizer = embedding(kind, True, lr=0.1)
        for step in range(5):
            optimizer.zero_grad()
            # Row 3 twice: the gradient is not coalesced.
            (table(torch.tensor([3, 3, 7 + step])) ** 2).sum().backward()
            assert table.weight.grad.is_sparse
            optimizer.step()
        results.append([table.weight.detach()])
    require_close(*results, 1e-6)


def test_sparse_gradients_of_adam_are_sparse_adams():
    results = []
    for kind in (ours("Adam"), torch.optim.SparseAdam):
        table, optimizer = embedding(kind, True, lr=0.1)
        for step in range(5):
            optimizer.zero_grad()
            (table(torch.tensor([3, 3, 7 + step])) ** 2).sum().backward()
            optimizer.step()
        results.append([table.weight.detach()])
    require_close(*results, 1e-5)


def test_sparse_gradients_of_a_vector():
    results = []
    for kind in (ours("SGD"), theirs("SGD")):
        vector = parameter(6)
        optimizer = kind([vector], lr=0.1)
        for step in range(3):
            vector.grad = torch.sparse_coo_tensor([[1, 4, 1]], [1.0, 2.0, step], (6,))
            optimizer.step()
        results.append([vector.detach()])
    require_close(*results, 1e-6)


def test_sparse_gradients_that_come_and_go():
    """Dense ones in between, an empty one, and beside others; a gradient of some rows is not kept alive."""
    table, other = parameter(20, 4), parameter(5, seed=1)
    optimizer = ours("Adagrad")([table, other])
    gradients_for([table, other], 0)
    optimizer.step()
    before = table.detach().clone()
    table.grad = torch.sparse_coo_tensor([[2]], torch.ones(1, 4), (20, 4))
    optimizer.step()
    moved = (table.detach() != before).any(1)
    assert moved.nonzero().flatten().tolist() == [2]
    before = table.detach().clone()
    table.grad = torch.sparse_coo_tensor(torch.zeros(1, 0, dtype=torch.int64), torch.zeros(0, 4), (20, 4))
    optimizer.step()
    assert torch.equal(table.detach(), before)
    gradients_for([table, other], 1)
    optimizer.step()
    assert (table.detach() != before).all()


def test_sparse_gradients_that_are_refused():
    table, optimizer = embedding(ours("LAMB"), True)
    table(torch.tensor([1])).sum().backward()
    with pytest.raises(ValueError, match=r"^a sparse gradient: lamb needs all rows"):
        optimizer.step()
    matrix = parameter(4, 3)
    matrix.grad = torch.ones(4, 3).to_sparse()
    with pytest.raises(ValueError, match="sparse in 2 axes"):
        ours("SGD")([matrix]).step()


def test_memory_that_a_parameter_is_given():
    """As model.to() and p.data = ... do it, with state that goes on."""
    weight, reference = parameter(6, 4), parameter(6, 4)
    optimizer, other = ours("AdamW")([weight]), theirs("AdamW")([reference])
    for arrange in (torch.clone, lambda data: data.t().contiguous().t(), lambda data: data.contiguous()):
        weight.data = arrange(weight.data)
        run(optimizer, [weight])
        run(other, [reference])
    require_close([weight.detach()], [reference.detach()], 1e-5)
    weight.data = weight.data.double()
    reference.data = reference.data.double()
    assert float(optimizer.state[weight]["step"]) == 9
    run(optimizer, [weight])
    assert weight.dtype == torch.float64
    assert optimizer.state[weight]["exp_avg"].dtype == torch.float64


def test_memory_that_one_of_two_kinds_of_groups_is_given():
    """None of them makes its step twice."""
    results = []
    for kind in (ours("SGD"), theirs("SGD")):
        tensors = [parameter(6, 4), parameter(6, 4, seed=1)]
        optimizer = kind([{"params": tensors[:1]}, {"params": tensors[1:], "momentum": 0.9}], lr=0.1)
        run(optimizer, tensors)
        for tensor in reversed(tensors):
            tensor.data = tensor.data.t().contiguous().t()
            run(optimizer, tensors)
        results.append([tensor.detach() for tensor in tensors])
    require_close(*results, 1e-6)


def test_a_model_in_channels_last_after_some_steps():
    results = []
    for kind in (ours("Adam"), theirs("Adam")):
        model = torch.nn.Conv2d(3, 4, 3)
        with torch.no_grad():
            model.weight.copy_(parameter(4, 3, 3, 3))
            model.bias.zero_()
        optimizer = kind(model.parameters(), lr=0.01)
        for step in range(6):
            if step == 3:
                model.to(memory_format=torch.channels_last)
            optimizer.zero_grad()
            generator = torch.Generator().manual_seed(step)
            (model(torch.randn(2, 3, 8, 8, generator=generator)) ** 2).sum().backward()
            optimizer.step()
        results.append([tensor.detach() for tensor in model.parameters()])
    require_close(*results, 1e-5)


def test_tied_weights():
    results = []
    for kind in (ours("AdamW"), theirs("AdamW")):
        first, last = torch.nn.Embedding(10, 4), torch.nn.Linear(4, 10, bias=False)
        last.weight = first.weight
        with torch.no_grad():
            first.weight.copy_(parameter(10, 4))
        optimizer = kind(torch.nn.Sequential(first, last).parameters(), lr=0.01)
        for step in range(5):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(last(first(torch.tensor([step, 2]))), torch.tensor([1, 3])).backward()
            optimizer.step()
        results.append([first.weight.detach()])
    require_close(*results, 1e-6)


def test_parameters_that_share_memory():
    """Two halves of one buffer, as flattened models have them."""
    buffer = torch.randn(20)
    halves = [torch.nn.Parameter(buffer[:8]), torch.nn.Parameter(buffer[8:])]
    before = buffer.clone()
    optimizer = ours("SGD")(halves, lr=1.0)
    for half in halves:
        half.grad = torch.ones_like(half)
    optimizer.step()
    assert torch.equal(buffer, before - 1)


@pytest.mark.parametrize("kind", [*EVERY, descent.torch.LBFGS], ids=lambda kind: kind.__name__)
def test_other_devices_are_refused_by_name(kind):
    tensors = [parameter(3), torch.nn.Parameter(torch.zeros(2, device="meta"))]
    with pytest.raises(ValueError, match=r"parameter 1 of group 0 is on the device meta; .* on the CPU"):
        kind(tensors)


def test_types_that_are_refused_by_name():
    for tensor, words in (
        (torch.zeros(3, dtype=torch.complex64), "complex64"),
        (torch.zeros(3, 3).to_sparse(), "sparse"),
    ):
        with pytest.raises(ValueError, match=f"parameter 0 of group 0 is .*{words}"):
            ours("AdamW")([tensor.requires_grad_()])


@pytest.mark.filterwarnings("ignore:Accessing the data pointer of FakeTensor")
def test_tensors_without_memory_of_their_own_are_refused_by_name():
    with FakeTensorMode():
        weight = torch.nn.Parameter(torch.ones(3))
        weight.grad = torch.ones(3)
        optimizer = ours("AdamW")([weight])
    with pytest.raises(ValueError, match="parameter 0 of group 0 is a FakeTensor, which has no memory"):
        optimizer.step()


def test_a_gradient_that_no_longer_has_the_shape():
    weight = parameter(6)
    optimizer = ours("AdamW")([weight])
    run(optimizer, [weight])
    gradient = weight.grad
    weight.data = torch.ones(60000)
    assert weight.grad is gradient
    with pytest.raises(ValueError, match=r"the state 'exp_avg' of parameter 0 .* has the shape \(6,\)"):
        optimizer.step()
    optimizer.state.clear()
    with pytest.raises(ValueError, match=r"the gradient of parameter 0 of group 0 has the shape \(6,\)"):
        optimizer.step()
    assert torch.equal(weight.detach(), torch.ones(60000))
    weight.grad = torch.ones(60000)
    optimizer.step()
    assert (weight.detach() < 1).all()


def test_autograd_notices_a_step():
    """As after any change in place: what was kept for the backward pass is no longer there."""
    weight = parameter(3)
    optimizer = ours("SGD")([weight], lr=0.1)
    loss = (weight * weight).sum()
    weight.grad = torch.ones(3)
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_gradients_are_not_kept_alive():
    weight = parameter(1000)
    optimizer = ours("AdamW")([weight])
    for _ in range(4):
        gradient = torch.ones(1000)
        weight.grad = gradient
        optimizer.step()
    # Twice the same one, after which the optimizer holds it until it is told.
    optimizer.step()
    optimizer.step()
    storage = weakref.ref(gradient.untyped_storage())
    del gradient
    optimizer.zero_grad()
    gc.collect()
    assert storage() is None or weight.grad is None
    assert not any(engine._gradients for engine in optimizer._engines)


def test_a_gradient_that_changes_in_place():
    """The same object with other memory, type, or values."""
    weight = parameter(4)
    optimizer = ours("SGD")([weight], lr=1.0)
    weight.grad = torch.ones(4)
    before = weight.detach().clone()
    for _ in range(3):
        optimizer.step()
    weight.grad.data = torch.full((4,), 2.0)
    optimizer.step()
    weight.grad.fill_(3.0)
    optimizer.step()
    assert torch.allclose(weight.detach(), before - 3 - 2 - 3)


def test_a_step_that_fails_changes_nothing():
    tensors = [parameter(4), parameter(3, seed=1)]
    optimizer = ours("AdamW")(tensors, not_finite_policy="refuse")
    run(optimizer, tensors)
    gradients_for(tensors, 5)
    tensors[1].grad[2] = float("nan")
    before = [tensor.detach().clone() for tensor in tensors]
    state = float(optimizer.state[tensors[0]]["step"])
    with pytest.raises(ValueError, match=r"parameter 1 of group 0: gradient\[2\] is nan"):
        optimizer.step()
    assert all(torch.equal(one, other) for one, other in zip(tensors, before, strict=True))
    assert float(optimizer.state[tensors[0]]["step"]) == state
