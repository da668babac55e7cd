"""Rows of descent.torch: AdamW on PyTorch's own parameters, beside torch.optim's. Without PyTorch there are none."""

import importlib
from collections.abc import Callable
from typing import Any

from .. import clock, peers
from ..race import Contestant, Row, Target, repeat
from . import steps
from .adam import FUSED
from .many_tensors import gpt2_shapes

OURS, FOREACH = "descent.torch", "PyTorch foreach"


def _parameters(problem: steps.Problem, weights: steps.Arrays) -> list[Any]:
    """Parameters that share the arrays' memory, with their gradients."""
    torch = peers.torch
    parameters = [torch.nn.Parameter(torch.from_numpy(array)) for array in weights]
    for parameter, gradient in zip(parameters, problem.gradients, strict=True):
        parameter.grad = torch.from_numpy(gradient)
    return parameters


def _with_new_gradients(problem: steps.Problem, optimizer: Any, parameters: list[Any]) -> Callable[[int], float]:
    """Times the steps alone; before each the gradients become other tensors, as between zero_grad() and backward()."""
    places = [problem.gradients, [gradient.copy() for gradient in problem.gradients]]

    def run(count: int) -> float:
        seconds = 0.0
        for _ in range(count):
            places.reverse()
            for parameter, gradient in zip(parameters, places[0], strict=True):
                parameter.grad = peers.torch.from_numpy(gradient)
            begin = clock.now()
            optimizer.step()
            seconds += clock.now() - begin
        return seconds

    return run


def _contestant(problem: steps.Problem, name: str, make: Callable[[list[Any]], Any], are_new: bool) -> Contestant:
    weights = problem.weights()
    parameters = _parameters(problem, weights)
    optimizer = make(parameters)
    run = _with_new_gradients(problem, optimizer, parameters) if are_new else repeat(optimizer.step)

    def outcome() -> steps.Arrays:
        run(steps.VERIFIED_STEPS)
        return weights

    return Contestant(name, run, outcome)


def _build(shapes: list[Any], are_new: bool = False, with_foreach: bool = True) -> list[Contestant | None]:
    ours, theirs = importlib.import_module("descent.torch").AdamW, peers.torch.optim.AdamW
    problem = steps.Problem(shapes)
    return [
        _contestant(problem, OURS, ours, are_new),
        _contestant(problem, FUSED, lambda parameters: theirs(parameters, fused=True), are_new),
        _contestant(problem, FOREACH, lambda parameters: theirs(parameters, foreach=True), are_new)
        if with_foreach
        else None,
    ]


def rows() -> list[Row]:
    """Small tensors, whose gradients stay or are new, and GPT-2."""
    small = [256] * 1000
    gpt2 = [
        Row(
            f"torch-gpt2-{threads}",
            "AdamW.step() in PyTorch, GPT-2: 148 tensors, 124 M float32",
            lambda: _build(gpt2_shapes(), with_foreach=False),
            threads,
            (Target(OURS, FUSED, 1.0),),
        )
        for threads in (1, 2)
    ]
    return [
        Row(
            "torch-thousand",
            "AdamW.step() in PyTorch, 1,000 tensors of 256",
            lambda: _build(small),
            1,
            (Target(OURS, FUSED, 10),),
        ),
        Row(
            "torch-thousand-new",
            "the same with new gradients each time",
            lambda: _build(small, are_new=True),
            1,
        ),
        *gpt2,
    ]
