"""One thread of PyTorch's and the library's each: the problems are small."""

import pytest
import torch

import descent


@pytest.fixture(autouse=True)
def _few_threads():
    torch.set_num_threads(1)
    descent.set_thread_count(2)
    yield
    descent.set_thread_count(0)
