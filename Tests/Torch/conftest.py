"""One thread of PyTorch's and the library's each: the problems are small."""

import pytest
import torch

import descent


def pytest_configure(config):
    """PyTorch's own, of what it imports and how it adds up sparse tensors."""
    for what in ("ignore::DeprecationWarning:torch", "ignore:Sparse invariant checks:UserWarning"):
        config.addinivalue_line("filterwarnings", what)


@pytest.fixture(autouse=True)
def _few_threads():
    torch.set_num_threads(1)
    descent.set_thread_count(2)
    yield
    descent.set_thread_count(0)
