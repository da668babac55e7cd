"""Rows of Muon on matrices, beside torch.optim.Muon, which computes in bfloat16: the results are near each other.

Each has a process of its own. Where PyTorch is loaded, the threads of its OpenMP wait for work beside those of
libdescent, or of OpenBLAS, which it calls where the processor has no AVX512_BF16, and both have fewer processors than
they have been given.
"""

import descent

from .. import apart, peers
from ..race import Contestant, Row, Target, repeat
from . import steps
from .adam import OURS

TORCH = "torch.optim.Muon"
# The matrices of GPT-2's smallest model: attention's two and the two of the feed-forward layer, in twelve layers.
GPT2 = [(768, 2304), (768, 768), (768, 3072), (3072, 768)] * 12
OPTIONS = {"learning_rate": 0.02, "decoupled_weight_decay": 0.1}


def _ours(shapes: list[tuple[int, int]]) -> Contestant:
    return steps.from_python(steps.Problem(shapes), descent.Muon(dialect="pytorch", **OPTIONS), OURS)


def _torch(shapes: list[tuple[int, int]]) -> Contestant:
    problem = steps.Problem(shapes)
    parameters = [peers.torch.nn.Parameter(peers.torch.from_numpy(array)) for array in problem.weights()]
    for parameter, gradient in zip(parameters, problem.gradients, strict=True):
        parameter.grad = peers.torch.from_numpy(gradient)
    optimizer = peers.torch.optim.Muon(parameters, lr=0.02, weight_decay=0.1)
    return Contestant(TORCH, repeat(optimizer.step))


def _build(shapes: list[tuple[int, int]]) -> list[Contestant | None]:
    has_muon = peers.torch is not None and hasattr(peers.torch.optim, "Muon")
    return [
        apart.contestant(OURS, _ours, shapes, has_outcome=False),
        apart.contestant(TORCH, _torch, shapes, has_outcome=False) if has_muon else None,
    ]


def rows() -> list[Row]:
    """One large matrix, and a model's."""
    same = "nothing: sums in another order are rounded to bfloat16 otherwise; the tests compare the steps"
    targets = [Target(OURS, TORCH, 1.3)]
    large = [(1024, 4096)]
    return [
        Row("muon-1024", "Muon step, 1024 x 4096 float32", lambda: _build(large), 2, targets, None, same),
        Row("muon-gpt2", "Muon step, GPT-2's 48 matrices", lambda: _build(GPT2), 2, targets, None, same, 0),
    ]
