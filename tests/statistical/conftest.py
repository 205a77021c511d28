"""Small tensors on a shared machine: torch works with one thread, and gives the same bits whatever the machine has."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """For fixtures of every scope, and set back for tests elsewhere."""
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def two_threads() -> Iterator[None]:
    """For a test that shows that the number has no say."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)
