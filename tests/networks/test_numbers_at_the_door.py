"""What a number may be when it enters: any exact type, any numpy array whose entries are exact, at most 4000 digits."""

from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

import polybn as pb
from polybn.errors import InputError, NonFiniteError, NumberError, ShapeError
from polybn.exact.matrix import matrix, vector
from polybn.exact.rational import MAX_DIGITS, MAX_OBJECT_DIGITS, brief, fraction, rational, short, text

HUGE = 10 ** (10**5)


def net() -> pb.Network:
    return pb.Network.from_arrays([([[1, 1]], [0]), ([[1]], [0])])


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: rational(HUGE),
        lambda: rational(-HUGE),
        lambda: rational(Fraction(1, HUGE)),
        lambda: rational(Fraction(HUGE, 3)),
        lambda: rational(10**MAX_OBJECT_DIGITS),
        lambda: rational(Fraction(10**50000, 10**49999 + 1)),
        lambda: rational("1" * (MAX_DIGITS + 1)),
        lambda: pb.Linear([[HUGE]]),
        lambda: pb.Linear([[1]], [HUGE]),
        lambda: pb.Linear(np.array([[HUGE]], dtype=object)),
        lambda: pb.LeakyReLU(HUGE),
        lambda: pb.PiecewiseLinear([0, HUGE], [0, 1, 0]),
        lambda: pb.frozen([HUGE], [1]),
        lambda: net()([HUGE, 0]),
        lambda: net().fit([[HUGE, 0]]),
        lambda: pb.box(0, HUGE, dim=2),
        lambda: pb.box([0], [Fraction(1, HUGE)]),
    ],
)
def test_more_digits_than_polybn_reads(attempt: Callable[[], object]) -> None:
    with pytest.raises(NumberError, match=r"more than (4000|100000) digits \(.*\); polybn reads shorter") as caught:
        attempt()
    assert len(str(caught.value)) < 200


def test_as_many_digits_as_polybn_reads() -> None:
    for most in (10**MAX_DIGITS - 1, 1 - 10**MAX_DIGITS, Fraction(10**1999, 10**1999 + 1)):
        assert text(rational(most)) == text(rational(text(most))) == text(most)
    for most in (10**MAX_OBJECT_DIGITS - 1, Fraction(10**49999, 10**49999 + 1)):
        assert fraction(rational(most)) == most
    assert rational(HUGE, max_digits=None) == HUGE


def test_statistics_of_a_deep_network_are_longer_than_any_text() -> None:
    """Each layer of batch normalisation multiplies the length of numbers; what polybn made itself it takes back."""
    rng = np.random.default_rng(0)
    modules: list[object] = [pb.Linear(rng.standard_normal((32, 2)))]
    for _ in range(6):
        modules += [pb.BatchNorm(), pb.ReLU(), pb.Linear(rng.standard_normal((32, 32)))]
    deep = pb.Network(modules).fit(rng.standard_normal((64, 2)))  # type: ignore[arg-type]
    frozen = deep.stages[-2].frozen
    assert frozen is not None
    assert frozen.squared_scale is not None
    assert max(len(text(value)) for value in frozen.squared_scale) > MAX_DIGITS
    assert deep([1, 1]) == deep([Fraction(1), Fraction(1)])


@given(st.integers() | st.fractions())
def test_text_is_what_python_writes(number: int | Fraction) -> None:
    assert text(number) == str(Fraction(number)) == text(fmpq(number.numerator, number.denominator))


def test_text_and_messages_have_no_longest_number() -> None:
    assert text(HUGE) == text(fmpq(HUGE)) == "1" + "0" * 10**5
    assert short(Fraction(1, HUGE)) == "1/100000000000000000... (100003 characters)"
    assert brief(HUGE) == "10000000000000000000... (100001 characters)"
    assert brief([HUGE]) == "<list>"
    assert brief(np.zeros((2, 2))) == "array([[0., 0.], [0., 0.]])"


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: pb.Network(HUGE),  # type: ignore[arg-type]
        lambda: pb.Network([pb.Linear([[1]]), HUGE]),  # type: ignore[list-item]
        lambda: pb.Network.from_arrays(HUGE),  # type: ignore[arg-type]
        lambda: pb.Network.from_arrays([([[1]], [0])], activation=HUGE),
        lambda: pb.box(0, 1, dim=HUGE),
        lambda: pb.box("1e390", "-1e390", dim=2),
        lambda: pb.Box((Fraction(HUGE),), (Fraction(1),)),
        lambda: pb.exact_float(Fraction(1, HUGE)),  # type: ignore[arg-type]
        lambda: pb.enumerate_regions(HUGE, pb.box(0, 1, dim=1)),  # type: ignore[arg-type]
        lambda: pb.enumerate_regions(net(), pb.box(0, 1, dim=2), engine=HUGE),  # type: ignore[arg-type]
        lambda: pb.enumerate_regions(net(), pb.box(0, 1, dim=2)).region_of(["1e390", 0]),
    ],
)
def test_a_message_stays_short_whatever_was_given(attempt: Callable[[], object]) -> None:
    with pytest.raises(InputError) as caught:
        attempt()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", ">f8", "i1", "i8", "u8", object])
def test_arrays_are_the_numbers_they_store(kind: Any) -> None:
    assert vector(np.array([3, 1]).astype(kind)) == (3, 1)
    assert matrix([np.array([3, 1]).astype(kind)]) == matrix([[3, 1]])


def test_single_and_half_precision_are_their_own_dyadics() -> None:
    assert vector(np.array([0.1], dtype="f4")) == (fmpq(13421773, 2**27),)
    assert vector(np.array([0.1], dtype="f2")) == (fmpq(819, 2**13),)
    assert pb.exact_float(np.float32(0.1)) == Fraction(13421773, 2**27)
    assert pb.exact_float(2**53 + 1) == 2**53 + 1


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_the_matrix_class_and_masks_without_masked_entries() -> None:
    plain = [[1, 2], [3, 4]]
    with pytest.raises(ShapeError, match=r"shape \(1, 2\)"):
        vector(np.matrix([[1, 2]]))
    assert matrix(np.matrix(plain)) == matrix(np.matrix(plain, dtype=float)) == matrix(plain)
    assert matrix(np.ma.masked_array(plain)) == matrix(np.ma.masked_array(plain, [[0, 0], [0, 0]])) == matrix(plain)


RECORDS = np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])


@pytest.mark.parametrize(
    ("entries", "error", "message"),
    [
        (np.array([[1, 2]]), ShapeError, r"shape \(1, 2\); 1 dimension"),
        (np.array(3), ShapeError, r"shape \(\)"),
        (np.ma.masked_array([1, 2], [0, 1]), NumberError, r"v\[1\] is masked; .* array.filled\(0\)"),
        (np.ma.masked_array([1.5, np.nan], [1, 0]), NumberError, r"v\[0\] is masked"),
        ([np.ma.masked], NumberError, "masked of type MaskedConstant"),
        (np.array([1], dtype="g"), NumberError, f"dtype {np.dtype('g')}; integers, floats of at most 64 bits"),
        (np.array([1], dtype="c8"), NumberError, "dtype complex64"),
        (np.array([1], dtype="M8[ns]"), NumberError, "dtype datetime64"),
        (np.array([1], dtype="m8[ns]"), NumberError, "dtype timedelta64"),
        (np.array([True]), NumberError, "dtype bool"),
        (np.array([b"1"]), NumberError, "dtype .S1"),
        (RECORDS, NumberError, "dtype .*'a', '<i4'"),
        ([RECORDS[0]], NumberError, "of type tuple"),
        ([np.longdouble(1)], NumberError, "of type longdouble"),
        ([np.complex64(1)], NumberError, "of type complex"),
        ([np.datetime64(5, "ns")], NumberError, "of type datetime64"),
        ([np.timedelta64(5, "ns")], NumberError, "of type timedelta64"),
        ([datetime(2020, 1, 1)], NumberError, "of type datetime"),
        ([np.array(3)], NumberError, "of type ndarray"),
        (np.array([1, None], dtype=object), NumberError, r"v\[1\] is None"),
        (np.array([np.inf], dtype="f2"), NonFiniteError, r"v\[0\] is inf"),
    ],
)
def test_what_is_no_vector_of_numbers(entries: Any, error: type[InputError], message: str) -> None:
    with pytest.raises(error, match=message):
        vector(entries, "v")


def test_bounds_of_numpy_are_bounds() -> None:
    wanted = pb.box(-1, 1, dim=2)
    assert pb.box(np.int64(-1), 1, dim=2) == pb.box(np.int8(-1), np.uint8(1), dim=int(np.int64(2))) == wanted
    assert pb.box(-1, 1, dim=np.int64(2)) == wanted  # type: ignore[arg-type]
    assert pb.box(np.array([-1.0, -1.0]), np.array([1, 1])) == wanted


def test_a_box_is_written_shortly() -> None:
    assert repr(pb.box(-1, "1/2", dim=2)) == "Box([-1, 1/2] x [-1, 1/2])"
    assert str(pb.box(0, "1e390", dim=1)) == "[0, 10000000000000000000... (391 characters)]"
