"""Steps the references of method_references.py and returns the weights after the recorded steps."""

import contextlib
import os
from collections.abc import Iterator
from types import ModuleType

os.environ["JAX_ENABLE_X64"] = "1"

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytorch_optimizer.optimizer.soap
import torch
from method_problem import RECORDED, STEPS
from method_references import COUPLED, DECOUPLED, OPTAX, Reference

Weights = dict[str, list[list[float]]]

# Options of a run that are not the reference's: its own rounding to lower precision inside is kept.
AS_SHIPPED = "as_shipped"


@contextlib.contextmanager
def full_precision() -> Iterator[None]:
    """Leave out the rounding to bfloat16 in PyTorch's Muon, and to float32 in the SOAP of pytorch_optimizer."""
    soap = pytorch_optimizer.optimizer.soap
    bfloat16, own = torch.Tensor.bfloat16, soap.torch

    class Double(ModuleType):
        float32 = torch.float64

        def __getattr__(self, name: str) -> object:
            return getattr(torch, name)

    torch.Tensor.bfloat16 = torch.Tensor.clone
    soap.torch = Double("torch")
    try:
        yield
    finally:
        torch.Tensor.bfloat16 = bfloat16
        soap.torch = own


def averages(reference: Reference, optimizer: torch.optim.Optimizer, weights: dict[str, torch.Tensor]) -> dict | None:
    """Return the averaged weights of methods that have them, and leave the optimizer as it was."""
    if reference.make is torch.optim.ASGD:
        return {name: optimizer.state[tensor]["ax"].flatten().tolist() for name, tensor in weights.items()}
    if not hasattr(optimizer, "eval"):
        return None
    training = {name: tensor.detach().clone() for name, tensor in weights.items()}
    optimizer.eval()
    found = {name: tensor.flatten().tolist() for name, tensor in weights.items()}
    optimizer.train()
    with torch.no_grad():
        for name, tensor in weights.items():
            tensor.copy_(training[name])
    return found


def run_torch(reference: Reference, options: dict, rates: list[float], tensors: dict[str, dict]) -> tuple:
    """Step an optimizer that works on PyTorch's tensors, all tensors in one group, in float64."""
    torch.set_default_dtype(torch.float64)  # some of PyTorch's scalars of state are of this type
    weights = {
        name: torch.tensor(tensor["initial"]).reshape(tensor["shape"]).requires_grad_()
        for name, tensor in tensors.items()
    }
    optimizer = reference.make(list(weights.values()), lr=rates[0], **reference.keywords(options))
    if hasattr(optimizer, "train"):
        optimizer.train()
    recorded: Weights = {name: [] for name in tensors}
    averaged: Weights = {name: [] for name in tensors}
    for step in range(1, STEPS + 1):
        for group in optimizer.param_groups:
            group["lr"] = rates[step - 1]
        for name, tensor in weights.items():
            tensor.grad = torch.tensor(tensors[name]["gradients"][step - 1]).reshape(tensor.shape)
        optimizer.step()
        if step in RECORDED:
            for name, tensor in weights.items():
                recorded[name].append(tensor.flatten().tolist())
            for name, values in (averages(reference, optimizer, weights) or {}).items():
                averaged[name].append(values)
    return recorded, averaged if all(averaged.values()) else None


def run_optax(reference: Reference, options: dict, rates: list[float], tensors: dict[str, dict]) -> tuple:
    """Step a transformation of Optax, in float64; the rate is a schedule, except where there can be none."""
    table = jnp.asarray(rates, dtype=jnp.float64)
    chain = []
    own = {"weight_decay"} & set(reference.arguments())
    if not own and COUPLED in options:
        chain.append(optax.add_decayed_weights(options[COUPLED]))
    constant = reference.make is optax.rprop
    rate = rates[0] if constant else lambda count: table[count]
    chain.append(reference.make(rate, **reference.keywords(options)))
    if not own and DECOUPLED in options:
        chain.append(optax.add_decayed_weights(lambda count: -table[count] * options[DECOUPLED]))
    method = optax.chain(*chain)
    weights = {
        name: jnp.asarray(tensor["initial"], dtype=jnp.float64).reshape(tensor["shape"])
        for name, tensor in tensors.items()
    }
    state = method.init(weights)
    # What has control flow of its own would be compiled anew in every step.
    update = jax.jit(method.update) if reference.make in (optax.novograd, optax.contrib.muon) else method.update
    recorded: Weights = {name: [] for name in tensors}
    for step in range(1, STEPS + 1):
        gradients = {
            name: jnp.asarray(tensor["gradients"][step - 1], dtype=jnp.float64).reshape(tensor["shape"])
            for name, tensor in tensors.items()
        }
        updates, state = update(gradients, state, weights)
        weights = optax.apply_updates(weights, updates)
        if step in RECORDED:
            for name, values in weights.items():
                assert values.dtype == jnp.float64
                recorded[name].append(np.asarray(values).ravel().tolist())
    return recorded, None


def run(reference: Reference, options: dict, rates: list[float], tensors: dict[str, dict]) -> tuple:
    """Return the recorded weights by tensor, and the averaged ones or None."""
    if reference.package == OPTAX:
        return run_optax(reference, options, rates, tensors)
    if options.get(AS_SHIPPED):
        return run_torch(reference, options, rates, tensors)
    with full_precision():
        return run_torch(reference, options, rates, tensors)
