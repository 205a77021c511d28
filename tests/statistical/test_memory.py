"""When memory runs out, chunks are halved down to one, results stay what they were, and then an error says why."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from polybn.errors import InputError, ShapeError  # noqa: E402
from polybn.statistical.claims.theorem_1 import theorem_1_at_scale  # noqa: E402
from polybn.statistical.counting import crossings as crossings_module  # noqa: E402
from polybn.statistical.counting.crossing_curves import crossing_curves  # noqa: E402
from polybn.statistical.counting.crossings import crossings  # noqa: E402
from polybn.statistical.enclosures.tracing import Traced, trace  # noqa: E402
from polybn.statistical.memory import MemoryLimitError, is_out_of_memory, plainly, with_smaller_chunks  # noqa: E402
from polybn.statistical.modules.architectures import mlp  # noqa: E402
from polybn.statistical.modules.capture import captured  # noqa: E402

DOUBLE = torch.float64
ALLOCATOR = "[enforce fail at alloc_cpu.cpp:127] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 9"
ERRORS = {
    "torch": torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    "torch.cuda": torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    "processor": RuntimeError(ALLOCATOR),
    "windows": RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."),
    "products": RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    "sizes": RuntimeError("Storage size calculation overflowed with sizes=[2147483647, 2147483647]"),
    "python": MemoryError(),
}


def room_for(size, error, asked):
    """Work that fits memory in chunks of `size` at most."""

    def work(chunk):
        asked.append(chunk)
        if chunk > size:
            raise error
        return f"done by {chunk}"

    return work


@pytest.mark.parametrize("name", ERRORS)
def test_chunks_are_halved_until_they_fit(name):
    asked = []
    assert with_smaller_chunks(room_for(10, ERRORS[name], asked), 100, what="the test") == ("done by 6", 6)
    assert asked == [100, 50, 25, 12, 6]


def test_what_fits_is_done_once():
    asked = []
    assert with_smaller_chunks(room_for(8, MemoryError(), asked), 8, what="the test") == ("done by 8", 8)
    assert asked == [8]


@pytest.mark.parametrize("name", ERRORS)
def test_when_one_does_not_fit_the_error_says_what_was_tried(name):
    asked = []
    with pytest.raises(MemoryLimitError, match="the test in chunks of 5, 2, 1") as found:
        with_smaller_chunks(room_for(0, ERRORS[name], asked), 5, what="the test", advice="Give less")
    assert asked == [5, 2, 1]
    assert "Give less, or a narrower network, or another device" in str(found.value)
    assert found.value.offender is ERRORS[name]
    assert isinstance(found.value, InputError)


OTHERS = (
    RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
    RuntimeError("memory format is not supported"),
    ValueError("out of memory"),
    ShapeError("DefaultCPUAllocator: not enough memory"),
)


@pytest.mark.parametrize("error", OTHERS, ids=repr)
def test_other_errors_pass_untouched(error):
    asked = []
    with pytest.raises(type(error)) as found:
        with_smaller_chunks(room_for(0, error, asked), 8, what="the test")
    assert found.value is error
    assert asked == [8]
    with pytest.raises(type(error)) as found, plainly("the test", "Give less"):
        raise error
    assert found.value is error
    assert not is_out_of_memory(error)


def test_an_inner_refusal_is_halved_too_and_keeps_its_cause():
    def work(chunk):
        with plainly(f"a pass of {chunk}", "Give less"):
            return room_for(2, ERRORS["processor"], [])(chunk)

    assert with_smaller_chunks(work, 9, what="the test") == ("done by 2", 2)
    with pytest.raises(MemoryLimitError, match=r"a pass of 9.*can't allocate") as found:
        work(9)
    with pytest.raises(MemoryLimitError) as outer, plainly("another", ""):
        raise found.value
    assert outer.value is found.value


def test_a_real_refusal_of_the_processor_is_known():
    with pytest.raises(RuntimeError) as found:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(found.value)


def test_tensors_of_the_failed_try_are_gone_before_the_next():
    """Or halving would not help: the larger try would still fill the memory."""
    import weakref

    alive = []

    def work(chunk):
        large = torch.zeros(chunk)
        before = [one() is not None for one in alive]
        alive.append(weakref.ref(large))
        if chunk > 2:
            raise MemoryError
        return before

    assert with_smaller_chunks(work, 8, what="the test")[0] == [False, False]


def network():
    return mlp([3, 12, 9, 1], normalised=True, seed=0, dtype=DOUBLE)


def drawn(count):
    return torch.randn(count, 3, dtype=DOUBLE, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def small_memory(monkeypatch):
    """Passes of more than some points run out of memory, of a traced network and of a module."""

    def limit(most):
        read = Traced.read

        def within(self, x, *, at):
            if len(x) > most:
                raise RuntimeError(ALLOCATOR)
            return read(self, x, at=at)

        monkeypatch.setattr(Traced, "read", within)

    return limit


@pytest.mark.parametrize("most", [1, 3, 20])
def test_crossings_do_not_depend_on_memory(small_memory, most):
    traced, told = trace(network()), []
    whole = crossings(traced, drawn(7), 0.5, 30, seed=0, chunk=64)
    small_memory(most)
    halved = crossings(traced, drawn(7), 0.5, 30, seed=0, chunk=64, progress=lambda *at: told.append(at))
    for part in ("lower", "estimate", "upper"):
        assert torch.equal(getattr(whole, part), getattr(halved, part))
    assert whole.totals == halved.totals
    assert told[-1] == (7, 7)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_memory_that_runs_out_halfway_keeps_what_is_done(monkeypatch):
    group, sizes = crossings_module._group, []

    def failing_once(traced, centres, *rest):
        sizes.append((len(centres), rest[-1]))
        if len(sizes) == 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return group(traced, centres, *rest)

    whole = crossings(trace(network()), drawn(7), 0.5, 30, seed=0, chunk=32)
    monkeypatch.setattr(crossings_module, "_group", failing_once)
    found = crossings(trace(network()), drawn(7), 0.5, 30, seed=0, chunk=32)
    assert torch.equal(whole.estimate, found.estimate)
    assert sizes == [(7, 32), (5, 32), *((left, 16) for left in range(5, 0, -1))]


def test_crossings_and_curves_refuse_plainly(small_memory):
    traced = trace(network())
    small_memory(0)
    with pytest.raises(MemoryLimitError, match="one pass of one point"):
        crossings(traced, drawn(2), 0.5, 3, seed=0, bracket=False)
    with pytest.raises(MemoryLimitError, match=r"Lipschitz constants.*bracket=False"):
        crossing_curves(traced, {"one": drawn(2)}, (0.5,), 3, seed=0)


class Narrow(nn.Module):
    """Takes so many samples at once."""

    def __init__(self, most):
        super().__init__()
        self.net, self.most, self.passes = network(), most, []

    def forward(self, x):
        self.passes.append(len(x))
        if len(x) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return self.net(x)


def test_theorem_1_starts_anew_with_half_the_chunk():
    batch = drawn(20)
    whole, narrow = theorem_1_at_scale(Narrow(100).eval(), batch), Narrow(7).eval()
    halved = theorem_1_at_scale(narrow, batch)
    assert (whole.chunk, halved.chunk) == (20, 5)
    assert narrow.passes == [20, 10, *[5] * 12]
    assert (whole.n, whole.unsure, whole.violations) == (halved.n, halved.unsure, halved.violations) == (21, 0, 0)
    for one, other in zip(whole.layers, halved.layers, strict=True):
        assert torch.allclose(one.distances, other.distances, rtol=1e-10)


def test_modules_that_take_no_sample_are_refused():
    with pytest.raises(MemoryLimitError, match="passes of theorem 1 in chunks of 4, 2, 1: 'CUDA"):
        theorem_1_at_scale(Narrow(0).eval(), drawn(20), chunk=4)
    with pytest.raises(MemoryLimitError, match=r"a pass of 4 samples.*Write a chunk smaller than 4"):
        list(captured(Narrow(0).eval(), drawn(20), chunk=4))
    with pytest.raises(InputError, match="chunk is 0"):
        theorem_1_at_scale(Narrow(9).eval(), drawn(20), chunk=0)
