"""Bad input is refused at the door, by a type, in words that say what was given and what to write instead."""

from collections.abc import Callable
from decimal import Decimal
from time import perf_counter
from typing import Any

import numpy as np
import pytest

import polybn as pb
from polybn.errors import (
    ActivationError,
    BatchError,
    DomainError,
    EngineError,
    ExactnessError,
    InputError,
    NonFiniteError,
    NumberError,
    PolybnError,
    ShapeError,
)

NAN, INF = float("nan"), float("inf")


def one(entry: Any) -> Callable[[], object]:
    """A 1-1 network whose only weight is the entry."""
    return lambda: pb.Network.from_arrays([([[entry]], [0])])


def arrays(*pairs: Any, **options: Any) -> Callable[[], object]:
    return lambda: pb.Network.from_arrays(pairs, **options)


def box(*bounds: Any, **options: Any) -> Callable[[], object]:
    return lambda: pb.box(*bounds, **options)


def net() -> pb.Network:
    return pb.Network.from_arrays([([[1, 1]], [0]), ([[1]], [0])])


def enumerated(domain: pb.Box, engine: Any) -> Callable[[], object]:
    return lambda: pb.enumerate_regions(net(), domain, engine=engine)


NUMBERS = [
    (one(0.1), ExactnessError, r"layer 0 weights\[0\]\[0\]: 0.1 is a float and polybn is exact. Write '1/10', or pb"),
    (one(np.float32(0.5)), ExactnessError, "0.5 is a float"),
    (one(NAN), NonFiniteError, r"layer 0 weights\[0\]\[0\] is nan"),
    (one(-INF), NonFiniteError, "is -inf, not a number of the real line"),
    (one("1/0"), NumberError, "'1/0', which divides by zero. Write a denominator other than 0"),
    (one("1e5000000"), NumberError, "'1e5000000', whose exponent is beyond"),
    (one("1" * 10**6), NumberError, "more than 4000 digits"),
    (one(" " * 10**4 + "1" * 10**6), NumberError, "more than 4000 digits"),
    (one("1e" + "9" * 5000), NumberError, "more than 4000 digits"),
    (one("0" * 10**6), NumberError, "more than 4000 digits"),
    (one(""), NumberError, "not a rational number. Write 'p/q'"),
    (one("abc"), NumberError, "'abc', which is not a rational number"),
    (one("1_000"), NumberError, "'1_000'"),
    (one("1/2/3"), NumberError, "'1/2/3'"),
    (one("\u0661"), NumberError, "not a rational number"),
    (one("nan"), NumberError, "'nan', which is not"),
    (one(True), NumberError, "truth value True; a number is needed. Write 0 or 1"),
    (one(None), NumberError, "None of type NoneType; an exact number is needed"),
    (one(Decimal("0.1")), NumberError, "of type Decimal"),
    (one(1j), NumberError, "of type complex"),
    (one(b"1"), NumberError, "of type bytes"),
]

TENSORS = [
    (arrays((np.array([[1.0]]), [0]), (np.array([[NAN]]), [0])), NonFiniteError, r"layer 1 weights\[0, 0\] is nan"),
    (arrays((np.array([[1.0]]), np.array([INF]))), NonFiniteError, r"layer 0 biases\[0\] is inf"),
    (arrays((np.array([[True]]), [0])), NumberError, "dtype bool"),
    (arrays((np.array([[1j]]), [0])), NumberError, "dtype complex128"),
    (arrays((np.array([["1"]]), [0])), NumberError, "dtype <U1"),
    (arrays((np.array([[1]], dtype=np.longdouble), [0])), NumberError, "dtype"),
    (arrays((np.zeros((1, 1, 1)), [0])), ShapeError, r"shape \(1, 1, 1\); 2 dimension"),
    (arrays((np.zeros((0, 2)), np.zeros(0))), ShapeError, "empty"),
    (arrays(([[1, 2], [1]], [0, 0])), ShapeError, "ragged: row 0 has 2 entries and row 1 has 1. Give rows of one"),
    (arrays(([], [])), ShapeError, "empty"),
    (arrays(([[]], [0])), ShapeError, "empty"),
    (arrays(([1, 2], [0])), ShapeError, r"weights\[0\] is int; a list of numbers is needed"),
    (arrays(("12", [0])), ShapeError, "weights is str; a list of numbers"),
    (arrays((None, [0])), ShapeError, "weights is NoneType"),
    (arrays(([[1], [1]], [0])), ShapeError, "2 rows of weights and 1 biases"),
    (arrays(([[1], [1]], [0, 0]), ([[1, 1, 1]], [0])), ShapeError, "Layer 0 gives 2 values and layer 1 .* takes 3"),
    (arrays(([[1]], [0], [0])), ShapeError, "Layer 0 .*pair"),
    (arrays(3), ShapeError, "Layer 0 .*pair"),
    (arrays(), InputError, "no modules"),
    (arrays(([[1]], [0]), activation="gelu"), ActivationError, "'gelu' is not an activation"),
    (arrays(([[1]], [0]), activation=None), ActivationError, "None is not an activation"),
]

POINTS = [
    (lambda: net()([1]), ShapeError, "point has 1 coordinates and the network takes 2"),
    (lambda: net()([0.5, 1]), ExactnessError, r"point\[0\]: 0.5 is a float"),
    (lambda: net()(np.array([NAN, 1])), NonFiniteError, r"point\[0\] is nan"),
    (lambda: net()(None), ShapeError, "point is NoneType"),
    (lambda: net()("12"), ShapeError, "point is str"),
    (lambda: net().code([1, 2, 3]), ShapeError, "3 coordinates"),
    (lambda: net().fit([]), BatchError, "batch is empty; give at least one sample"),
    (lambda: net().fit(np.zeros((0, 2))), BatchError, "batch is empty"),
    (lambda: net().fit(np.zeros(2)), ShapeError, r"batch has shape \(2,\)"),
    (lambda: net().fit([[1], [1, 2]]), ShapeError, "batch is ragged"),
    (lambda: net().fit([[1, 2, 3]]), ShapeError, "samples of 3 coordinates and the network takes 2"),
    (lambda: net().fit(np.array([[0.0, NAN]])), NonFiniteError, r"batch\[0, 1\] is nan"),
]

DOMAINS = [
    (box(-INF, INF, dim=2), DomainError, "lower bound is -inf; polybn enumerates bounded boxes"),
    (box("-inf", "inf", dim=2), DomainError, "bounded boxes"),
    (box([0, 0], [1, INF]), DomainError, "upper bound is inf"),
    (box(np.array([-INF]), np.array([1.0])), DomainError, "lower bound is -inf; polybn enumerates bounded boxes"),
    (box(np.float32(INF), 1, dim=1), DomainError, "lower bound is inf; polybn enumerates bounded boxes"),
    (box(NAN, 1, dim=1), DomainError, "lower bound is nan, which is not a number. Give finite numbers"),
    (box([0], [NAN]), DomainError, "upper bound is nan, which is not a number"),
    (box(np.array([NAN]), np.array([1.0])), DomainError, "lower bound is nan, which is not a number"),
    (box(np.array(0), 1, dim=1), ShapeError, r"lower has shape \(\)"),
    (box(Decimal(0), 1, dim=1), NumberError, "lower is .* of type Decimal"),
    (box(np.float64(0), 1, dim=1), ExactnessError, "0.0 is a float"),
    (box(1, 1, dim=2), DomainError, "Coordinate 0: lower bound 1 is equal to upper bound 1"),
    (box([0, 3], [1, "5/2"]), DomainError, "Coordinate 1: lower bound 3 is above upper bound 5/2"),
    (box(0, 1), DomainError, "for how many coordinates: dim=2"),
    (box([], []), DomainError, "at least one coordinate"),
    (box([0], [1, 2]), DomainError, "1 lower and 2 upper bounds"),
    (box([0, 0], [1, 1], dim=3), DomainError, "2 lower bounds were given and dim=3"),
    (box(0, 1, dim=0), DomainError, "dim is 0"),
    (box(0, 1, dim=65), DomainError, "from 1 to 64"),
    (box([0] * 65, [1] * 65), DomainError, "from 1 to 64"),
    (box(0, 1, dim=True), DomainError, "dim is True"),
    (box(0, 1, dim=2.0), DomainError, "dim is 2.0"),
    (box(0, 1, dim="2"), DomainError, "dim is '2'"),
    (box(-0.5, 1, dim=2), ExactnessError, "-0.5 is a float"),
    (box(False, 1, dim=2), NumberError, "truth value"),
    (box(None, 1, dim=2), ShapeError, "lower is NoneType"),
    (enumerated(pb.box(-1, 1, dim=3), "auto"), DomainError, "domain has dimension 3 and the network takes 2"),
    (enumerated(pb.box(-1, 1, dim=2), "fast"), EngineError, "'fast' is not an engine; choose 'auto', 'split' or"),
    (enumerated(pb.box(-1, 1, dim=2), None), EngineError, "None is not an engine"),
    (lambda: pb.exact_float(NAN), NonFiniteError, "Give a finite float"),
]


@pytest.mark.parametrize(("attempt", "error", "message"), [*NUMBERS, *TENSORS, *POINTS, *DOMAINS])
def test_it_is_refused(attempt: Callable[[], object], error: type[PolybnError], message: str) -> None:
    started = perf_counter()
    with pytest.raises(error, match=message) as caught:
        attempt()
    assert perf_counter() - started < 1
    assert issubclass(error, InputError)
    assert type(caught.value) is error
    assert len(str(caught.value)) < 400
    assert str(caught.value)[-1] in ".)"
