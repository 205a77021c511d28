"""What a question must be, and how it is settled: false, empty, unsettled and ill-formed ones are refused."""

from dataclasses import replace
from fractions import Fraction

import pytest

from polybn import BatchNorm, Linear, Network, box
from polybn.claims import claim_of
from polybn.claims.view import Instance
from polybn.errors import ProofError
from polybn.outcome import Fails
from polybn.smt import Satisfiable, UnsettledError, Valid, solving

z3 = pytest.importorskip("z3", reason="z3 is not installed: pip install 'polybn[smt]'")

CLAIM = claim_of("theorem-1")
SIGMA = claim_of("sigma-positive")
x, y = z3.Reals("x y")
SQUARE = Valid("x y <= (x^2 + y^2) / 2", "two numbers", 2 * x * y <= x * x + y * y, given={"w != 0": x > 0})


def unit(point):
    """A unit of the row w = 1 on the batch {x, y}."""
    batch = ((point["x"],), (point["y"],))
    network = Network([Linear([[1]]), BatchNorm(eps=1), Linear([[1]])]).fit(batch)
    return Instance(network, batch, box(-4, 4, dim=1), "batchnorm")


CONSTANT = Satisfiable("a batch of one value", "N = 2", {"x = y": x == y, "x != 0": x != 0}, unit)


def test_a_true_statement_shows_a_point_that_meets_its_hypotheses():
    point, witness = replace(SQUARE, telling={"y is large": y > 100}).settle(CLAIM)
    assert witness is None
    assert point["x"] > 0
    assert point["y"] > 100


def test_a_false_statement_is_refused_with_a_point():
    with pytest.raises(ProofError, match=r"'x y <= .* for two numbers is false at x = \S+, y = \S+\.$"):
        replace(SQUARE, conclusion=3 * x * y <= x * x + y * y).settle(CLAIM)


def test_a_point_may_be_irrational_where_it_refutes():
    with pytest.raises(ProofError, match=r"is false at x = 1\.41421356"):
        Valid("x^2 != 2", "x > 0", x * x != 2, where={"x > 0": x > 0}).settle(CLAIM)


@pytest.mark.parametrize("part", ["where", "telling"])
def test_hypotheses_that_nothing_meets_are_refused(part):
    with pytest.raises(ProofError, match="is vacuous: nothing meets w != 0, x < 0"):
        replace(SQUARE, **{part: {"x < 0": x < 0}}).settle(CLAIM)


def test_only_hypotheses_of_the_claim_are_given():
    with pytest.raises(ProofError, match=r"uses \['x > 0'\], no hypothesis of theorem-1"):
        replace(SQUARE, given={"x > 0": x > 0}).settle(CLAIM)


def test_a_witness_is_an_instance_on_which_the_claim_fails():
    point, witness = CONSTANT.settle(SIGMA)
    assert point["x"] == point["y"] != 0
    assert witness.instance == unit(point)
    assert isinstance(witness.failure, Fails)
    assert witness.failure.left == "sigma^2 = 0"


@pytest.mark.parametrize(
    ("constraints", "words"),
    [
        ({"x = y": x == y, "x != y": x != y}, "is false: nothing meets x = y, x != y"),
        ({"x = 1": x == 1, "y = 2": y == 2}, "does not fail at x = 1, y = 2, but Holds"),
        ({"x = 0": x == 0, "y = 0": y == 0}, "does not fail at x = 0, y = 0, but Skipped"),
        ({"x^2 = 2": x * x == 2, "x = y": x == y}, "irrational"),
    ],
)
def test_without_a_rational_point_on_which_the_claim_fails_there_is_no_witness(constraints, words):
    with pytest.raises(ProofError, match=words):
        replace(CONSTANT, constraints=constraints).settle(SIGMA)


function, whole, truth = z3.Function("f", z3.RealSort(), z3.RealSort()), z3.Int("n"), z3.Bool("b")


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        (1 / x > 0, "divides by something else than a number"),
        (x / z3.RealVal(0) == x / z3.RealVal(0), "divides by something else than a number"),
        (x ** z3.Q(1, 2) > 0, "no part of a polynomial inequality"),
        (function(x) > 0, "no part of a polynomial inequality"),
        (z3.ToReal(whole) > x, "no part of a polynomial inequality"),
        (whole > 0, "no part of a polynomial inequality"),
        (truth, "no part of a polynomial inequality"),
        (z3.ForAll(x, x * x >= 0), "no part of a polynomial inequality"),
        (x, "formulas of z3 are needed"),
        (True, "formulas of z3 are needed"),
    ],
    ids=str,
)
def test_only_polynomial_inequalities_are_asked(formula, words):
    with pytest.raises(ProofError, match=words):
        replace(SQUARE, where={"more": formula}).settle(CLAIM)
    with pytest.raises(ProofError, match=words):
        replace(CONSTANT, constraints={"more": formula}).settle(SIGMA)


@pytest.mark.parametrize("question", [SQUARE, CONSTANT], ids=["valid", "satisfiable"])
def test_a_question_that_is_too_long_is_unsettled_and_never_passes(monkeypatch, question):
    monkeypatch.setattr(solving, "RESOURCES", 1)
    with pytest.raises(UnsettledError, match="z3 stopped without an answer"):
        question.settle(CLAIM)
    assert issubclass(UnsettledError, ProofError)


def test_a_point_that_does_not_meet_the_formulas_is_refused(monkeypatch):
    monkeypatch.setattr(solving, "_value", lambda formula, found: False)
    with pytest.raises(ProofError, match="where the formulas are false"):
        SQUARE.settle(CLAIM)


TERMS = (
    z3.If(x > y, x - y, -x) / 3 >= z3.Q(1, 3) * y,
    z3.Implies(x < y, z3.Or(x * y == 1, x > 0)),
    z3.And(z3.Distinct(x, y, x + y), z3.Not(x <= 1)),
    z3.Or(z3.BoolVal(False), z3.And(z3.BoolVal(True), (x >= 0) == (y >= 0))),
    x - y - 1 < x * y * y + 2,
)
PLACES = [(Fraction(a), Fraction(b)) for a in ("-2", "0", "1/2", "1", "3") for b in ("-1", "0", "1", "2")]


@pytest.mark.parametrize("term", TERMS, ids=str)
def test_formulas_mean_to_fractions_what_they_mean_to_z3(term):
    found = set()
    for a, b in PLACES:
        there = z3.simplify(z3.substitute(term, (x, z3.RealVal(str(a))), (y, z3.RealVal(str(b)))))
        found.add(z3.is_true(there))
        assert solving._value(term, {"x": a, "y": b}) == z3.is_true(there)
    assert found == {True, False}
