"""Each kind of step checks what it states, and refuses its false neighbours and its abuses."""

import pytest
import sympy

from polybn.errors import ProofError
from polybn.proof import (
    Argued,
    Cases,
    Chosen,
    Cited,
    Exhausted,
    Identity,
    Infeasible,
    Limit,
    Nonnegative,
    Proof,
    expectation,
    joint_expectation,
)

a, b, s, t, u, v, x, y = sympy.symbols("a b s t u v x y", real=True)
ZERO, ONE, TWO = sympy.Integer(0), sympy.Integer(1), sympy.Integer(2)
NOTHING = frozenset()
ROOT = frozenset({s**2 - v})


def refuses(step, why, positive=NOTHING, zero=NOTHING):
    with pytest.raises(ProofError, match=why):
        step.check(frozenset(positive), frozenset(zero))


def test_an_identity_holds_modulo_a_declared_square_root():
    step = Identity("s^4 = v^2", s**4 - 2 * v, v**2 - 2 * s**2)
    step.check(NOTHING, ROOT)
    refuses(step, "is not an identity")
    refuses(Identity("s = v", s, v), "is not an identity", zero=ROOT)
    Identity("1 / s = s / v", 1 / s, s / v).check(frozenset({s, v}), ROOT)
    refuses(Identity("1 / s = s / v", 1 / s, s / v), "divides by", positive={s}, zero=ROOT)


def test_an_identity_is_not_in_the_radical_only():
    """x^2 = 0 makes x = 0, but x is not in the ideal of x^2: refused, which is safe."""
    refuses(Identity("x = 0", x, ZERO), "is not an identity", zero={x**2})


def test_opposites_of_positive_expressions_are_negative():
    negative = frozenset({-x})
    Nonnegative("-x y^2 >= 0", -x * y**2, ((-x, y),)).check(negative)
    refuses(Nonnegative("x y^2 >= 0", x * y**2, ((x, y),)), "nothing declared", positive=negative)
    Nonnegative("x^2 is a coefficient", x**2 * y**2, ((x**2, y),)).check(negative)
    Nonnegative("(y - x) y^2", (y - x) * y**2, ((y - x, y),)).check(frozenset({-x + y}))
    refuses(Nonnegative("(x - y) y^2", (x - y) * y**2, ((x - y, y),)), "nothing declared", positive={y - x})


def test_a_system_of_inequalities_is_infeasible_by_its_multipliers():
    rows = ((ONE, x - 1), (TWO, -x))
    Infeasible("x >= 1, -x > 0", ((ONE, x - 1),), ((ONE, -x),), ((ONE, ONE),)).check(NOTHING)
    Infeasible("x >= 1, -x >= 0", ((ONE, x - 1), (ONE, -x)), (), ((ONE, ONE),)).check(NOTHING)
    Infeasible("x > 0, -x >= 0", ((ONE, -x),), ((ONE, x),)).check(NOTHING)
    Infeasible("a x >= 1 and x <= 0 < a", ((ONE, a * x - 1), (a, -x)), (), ((ONE, ONE),)).check(frozenset({a}))
    Infeasible("-x^2 > y^2", (), ((ONE, -(x**2) - y**2),), ((ONE, x), (ONE, y))).check(NOTHING)
    refuses(Infeasible("x >= 1, x <= 2", ((ONE, x - 1), (ONE, 2 - x)), (), ((ONE, ONE),)), "is not an identity")
    refuses(Infeasible("wrong multipliers", rows, (), ((ONE, ONE),)), "is not an identity")
    refuses(Infeasible("x >= 0, x <= 0", ((ONE, x), (ONE, -x))), "no contradiction")
    refuses(Infeasible("0 > 0 from a square", ((ONE, x), (ONE, -x - y**2)), (), ((ONE, y),)), "no contradiction")
    refuses(Infeasible("the square of zero", ((ONE, x), (ONE, -x)), (), ((ONE, ZERO),)), "no contradiction")
    refuses(Infeasible("negative multiplier", (), ((-ONE, x), (ONE, x))), "nothing declared makes -1")
    refuses(Infeasible("multiplier zero", (), ((ZERO, x),)), "nothing declared makes 0")
    refuses(Infeasible("nothing", ()), "no contradiction")


@pytest.mark.parametrize(
    ("expression", "to", "value", "positive"),
    [
        ((a + x) / (b + x), "0+", a / b, {b}),
        ((a + x) / (b + x), "0+", a / b, {-b}),
        ((a * x + 1) / (b * x + 1), "oo", a / b, {b}),
        ((x + a) / (x**2 + 1), "oo", ZERO, set()),
        ((a * x**2 + x) / x, "0+", ONE, set()),
        (1 / x, "0+", sympy.oo, set()),
        (-1 / x, "0+", -sympy.oo, set()),
        (a / x**2, "0+", -sympy.oo, {-a}),
        (x, "oo", sympy.oo, set()),
        (1 / (1 + 1 / (a + x)), "oo", ONE, set()),
        (ZERO * x, "0+", ZERO, set()),
        (y + x, "0+", y, set()),
    ],
)
def test_limits(expression, to, value, positive):
    step = Limit("a limit", expression, x, to, value)
    step.check(frozenset(positive))
    wrong = value + 1 if value.is_finite or value.is_finite is None else -value
    refuses(Limit("another", expression, x, to, wrong), "not an identity|infinite", positive=positive)


def test_a_limit_needs_what_it_divides_by():
    refuses(Limit("b may be 0", (a + x) / (b + x), x, "0+", a / b), "nothing declared keeps b from zero")
    refuses(Limit("sign of a", a / x, x, "0+", sympy.oo), "nothing declared keeps a from zero")
    refuses(Limit("an inner division", 1 / (1 + x / (b + x)), x, "0+", ONE), "keeps b from zero")
    refuses(Limit("the value moves", x, x, "0+", x), "the limit holds x")
    refuses(Limit("finite", x, x, "0+", sympy.oo), "not infinite")
    refuses(Limit("an assumption moves", a / (b - x), x, "0+", a / b), "which moves", positive={b, b - x})
    refuses(Limit("an exponential", sympy.exp(-1 / x), x, "0+", ZERO), "no part of a rational function")


def test_cases_are_all_there_and_each_is_checked_under_its_sign():
    step = Cases(
        "|x|^2 = x^2",
        x,
        negative=(Nonnegative("x y^2 <= 0", -x * y**2, ((-x, y),)),),
        zero=(Identity("x y = 0", x * y, ZERO),),
        positive=(Identity("x / x = 1", x**2 / x, x), Argued("and so on")),
    )
    step.check(NOTHING)
    refuses(Cases("one is missing", x, (), (Argued("z"),), (Argued("p"),)), "leaves out a case")
    swapped = Cases("swapped", x, step.positive, step.zero, (Nonnegative("x >= 0?", -x * y**2, ((-x, y),)),))
    refuses(swapped, "nothing declared")
    refuses(Cases("not zero", x, step.negative, (Identity("y = 0", y, ZERO),), step.positive), "is not an identity")
    refuses(Cases("no polynomial", 1 / x, step.negative, step.zero, step.positive), "divides by")


def test_a_finite_family_is_gone_through():
    family = tuple(range(6))
    Exhausted("n (n + 1) is even", family, 6, lambda n: n * (n + 1) % 2 == 0).check(NOTHING)
    refuses(Exhausted("n is even", family, 6, lambda n: n % 2 == 0), "fails for 1")
    refuses(Exhausted("too few", family[:5], 6, lambda n: True), "about 6 members")
    refuses(Exhausted("repeats", (0, 0), 2, lambda n: True), "about 2 members")
    refuses(Exhausted("none", (), 0, lambda n: True), "about 0 members")
    refuses(Exhausted("not a truth value", family, 6, lambda n: n + 1), "fails for 0")


def theorem_1(*steps, **options):
    return Proof("theorem-1", steps, "so it is", **options)


def test_a_cited_theorem_is_told_and_is_no_checked_step():
    evidence = theorem_1(Identity("0 = 0", ZERO, ZERO), Cited("IVT", "Bolzano 1817")).run("here")
    assert evidence.cited == ("IVT (Bolzano 1817)",)
    assert evidence.checked == ("0 = 0",)
    with pytest.raises(ProofError, match="checks nothing"):
        theorem_1(Cited("all of it", "someone"))


def test_steps_in_cases_are_told_with_their_case():
    split = Cases("by sign", x, (Argued("below"),), (Cited("at", "A"),), (Identity("above", x, x),))
    evidence = theorem_1(split).run("here")
    assert evidence.checked == ("(x > 0) above",)
    assert evidence.argued == ("(x < 0) below", "so it is")
    assert evidence.cited == ("(x = 0) at (A)",)


def test_what_is_chosen_is_argued_and_its_steps_are_checked():
    step = Chosen("an M > 0 exists", x, (Nonnegative("M y^2 >= 0", x * y**2, ((x, y),)),))
    evidence = theorem_1(step).run("here")
    assert evidence.checked == ("M y^2 >= 0",)
    assert evidence.argued == ("an M > 0 exists", "so it is")
    refuses(Chosen("no sign", y, step.steps), "nothing declared")
    refuses(Chosen("no step", x, ()), "no step that uses it")
    refuses(Chosen("no rational function", sympy.exp(x), step.steps), "no part of a rational function")


@pytest.mark.parametrize(
    "step",
    [
        Cases("P = NP", x, (Argued("a"),), (Argued("b"),), (Argued("c"),)),
        Chosen("P = NP", x, (Argued("a"),)),
        Chosen("P = NP", x, (Cases("by sign", x, (Argued("a"),), (Cited("b", "B"),), (Argued("c"),)),)),
    ],
)
def test_headings_without_a_checked_step_prove_nothing(step):
    with pytest.raises(ProofError, match="checks nothing"):
        theorem_1(step)


class Lying(Identity):
    def check(self, positive, zero=NOTHING):
        pass


@pytest.mark.parametrize("where", [lambda step: step, lambda step: Chosen("M", x, (step,))])
def test_a_step_of_another_make_is_refused(where):
    with pytest.raises(ProofError, match="no kind of step"):
        theorem_1(where(Lying("1 = 2", ONE, TWO)))


@pytest.mark.parametrize("symbol", [sympy.Symbol("x"), sympy.Symbol("x", positive=True), sympy.Dummy("x", real=True)])
def test_a_variable_is_a_real_symbol_or_nothing_is_said_of_it(symbol):
    refuses(Limit("x^2 + 1 stays", x**2 + 1, symbol, "0+", x**2 + 1), "no real symbol")
    with pytest.raises(ProofError, match="no real symbol"):
        expectation(x**2, symbol, (ONE, a))
    with pytest.raises(ProofError, match="no real symbol"):
        joint_expectation(x**2, (symbol,), {})


@pytest.mark.parametrize("to", ["0-", "-oo", "banana"])
def test_a_limit_is_at_zero_from_above_or_at_infinity(to):
    refuses(Limit("1 / x", 1 / x, x, to, ZERO), "write '0\\+' or 'oo'")


@pytest.mark.parametrize("member", [float("nan"), [1], 1.5, sympy.Symbol("x")])
def test_members_of_a_family_are_plain(member):
    refuses(Exhausted("true of all", (member, 2), 2, lambda n: True), "a member is no integer")


def test_nothing_is_divided_by_zero():
    zero = sympy.Add(sympy.Mul(sympy.Add(x, 1), sympy.Add(x, 1)), -(x**2), -2 * x, -1)
    refuses(Identity("1 / 0", sympy.Pow(zero, -1, evaluate=False), ONE), "is 0|divides by", positive={x})


def test_a_definition_is_told_and_must_be_a_polynomial():
    step = Identity("s^2 = v", s**2, v)
    evidence = theorem_1(step, where={"s is a root of v": (s**2 - v,)}).run("here")
    assert evidence.argued[0] == "where s is a root of v: s**2 - v = 0, which real numbers can meet"
    with pytest.raises(ProofError, match="is not an identity"):
        theorem_1(step).run("here")
    with pytest.raises(ProofError, match="divides by"):
        theorem_1(step, where={"an inverse": (1 / s - v,)})


def test_an_absurd_definition_is_refused():
    with pytest.raises(ProofError, match="cannot all be zero"):
        theorem_1(Identity("0 = 1", ZERO, ONE), where={"absurd": (s, s - 1)})
