"""Two processes: DistributedDataParallel and ZeroRedundancyOptimizer make the steps of one process."""

import copy
import os
import tempfile
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from problems import Training, ours, require_close
from torch.distributed.optim import ZeroRedundancyOptimizer

SIZE = 2
STEPS = 6
pytestmark = pytest.mark.skipif(not dist.is_available() or not dist.is_gloo_available(), reason="there is no gloo here")


def in_process(rank, folder):
    os.environ.update(DESCENT_NUM_THREADS="1")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=SIZE)
    try:
        torch.save({job.__name__: job(rank) for job, _ in JOBS}, Path(folder) / f"{rank}.pt")
        dist.barrier()
    finally:
        dist.destroy_process_group()
    # Without the destructors: PyTorch's own threads abort the process in one of twenty ends ("terminate called ...").
    os._exit(0)


@pytest.fixture(scope="module")
def outcomes():
    """What each process has at the end of each job, which are done one after the other: processes start slowly."""
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.spawn(in_process, (folder,), nprocs=SIZE)
        return [torch.load(Path(folder) / f"{rank}.pt", weights_only=True) for rank in range(SIZE)]


def half(training, rank):
    """A process sees each second sample; the mean of both means is that of all."""
    training.inputs, training.labels = training.inputs[rank::SIZE], training.labels[rank::SIZE]
    return training


def train(rank, wrap, resume=False):
    training = half(Training(lambda parameters: None), rank)
    own = list(training.model.parameters())
    training.optimizer = wrap(own)
    module = torch.nn.parallel.DistributedDataParallel(training.model)
    training.model = module
    training.run(STEPS // 2)
    if resume:
        # All state comes together in one process, goes to both, and into an optimizer that is new.
        training.optimizer.consolidate_state_dict(to=0)
        states = [training.optimizer.state_dict() if rank == 0 else None]
        dist.broadcast_object_list(states, src=0)
        training.optimizer = wrap(own)
        training.optimizer.load_state_dict(copy.deepcopy(states[0]))
    training.run(STEPS - STEPS // 2)
    return [parameter.detach() for parameter in own]


def with_ddp_adamw(rank):
    return train(rank, lambda parameters: ours("AdamW")(parameters, lr=0.01))


def with_ddp_muon(rank):
    return train(rank, lambda parameters: ours("Muon")(parameters, lr=0.01))


def zero(parameters, **options):
    return ZeroRedundancyOptimizer(parameters, optimizer_class=ours("AdamW"), lr=0.01, **options)


def with_zero(rank):
    return train(rank, zero)


def with_zero_and_buckets(rank):
    return train(rank, lambda parameters: zero(parameters, parameters_as_bucket_view=True))


def with_zero_and_resumed(rank):
    return train(rank, zero, resume=True)


# What is done in the two processes, and the optimizer of the one that they are compared with.
JOBS = [
    (with_ddp_adamw, "AdamW"),
    (with_ddp_muon, "Muon"),
    (with_zero, "AdamW"),
    (with_zero_and_buckets, "AdamW"),
    (with_zero_and_resumed, "AdamW"),
]


@pytest.mark.parametrize(("job", "name"), JOBS, ids=[job.__name__ for job, _ in JOBS])
def test_two_processes_are_as_one(job, name, outcomes):
    expected = Training(lambda parameters: ours(name)(parameters, lr=0.01)).run(STEPS).arrays()
    first, second = (outcome[job.__name__] for outcome in outcomes)
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))
    require_close(first, expected, 1e-5)
