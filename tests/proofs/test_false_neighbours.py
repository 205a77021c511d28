"""Every proof file runs, needs what it is given, and has steps that fail when their statement becomes a false one."""

from collections import Counter
from dataclasses import replace

import pytest
import sympy

from polybn.errors import ProofError
from polybn.proof import Cases, Exhausted, Identity, Infeasible, Limit, Nonnegative, prove

ZERO, ONE, TWO = sympy.Integer(0), sympy.Integer(1), sympy.Integer(2)
NOT_IDENTITY, SIGN, DIVISION = "is not an identity", "nothing declared makes", "divides by"


def claim_of(path):
    return path.stem.replace("_", "-")


def test_every_proof_runs_and_names_its_file(proof_file):
    evidence = prove(claim_of(proof_file))
    assert evidence.file == f"proofs/{proof_file.name}"
    assert len(evidence.checked) >= 2


@pytest.mark.parametrize(("what", "why"), [("given", f"{DIVISION}|{SIGN}"), ("where", NOT_IDENTITY)])
def test_what_is_assumed_is_needed(proof_file, names, what, why):
    proof = names(claim_of(proof_file)).PROOF
    assumed = getattr(proof, what)
    for dropped in assumed:
        fewer = {words: entries for words, entries in assumed.items() if words != dropped}
        with pytest.raises(ProofError, match=why):
            replace(proof, **{what: fewer}).run("here")


def one_off(step):
    """The step with a statement that is one off; of a split every such one in every case."""
    match step:
        case Identity():
            yield replace(step, left=step.left + 1)
        case Nonnegative():
            yield replace(step, expression=-ONE)
        case Infeasible():
            rows = "strict" if step.strict else "nonnegative"
            (multiplier, expression), *others = getattr(step, rows)
            yield replace(step, **{rows: ((multiplier, expression + 1), *others)})
        case Limit():
            yield replace(step, value=step.value + 1 if step.value.is_infinite is not True else -step.value)
        case Exhausted():
            yield replace(step, holds=lambda member: False)
        case Cases():
            for case in ("negative", "zero", "positive"):
                steps = getattr(step, case)
                for place, inner in enumerate(steps):
                    for wrong in one_off(inner):
                        yield replace(step, **{case: (*steps[:place], wrong, *steps[place + 1 :])})


def test_each_checked_step_fails_when_its_statement_is_one_off(proof_file, names):
    proof = names(claim_of(proof_file)).PROOF
    for wrong in (wrong for step in proof.steps for wrong in one_off(step)):
        with pytest.raises(ProofError, match=f"{NOT_IDENTITY}|infinite|fails for"):
            wrong.check(proof.positive, proof.zero)


def identity(left, right):
    return Identity("altered", left, right)


def nonnegative(expression, *squares):
    return Nonnegative("altered", expression, squares)


# claim, what is altered, the altered step, why it fails.
ALTERED = [
    (
        "corollary-2",
        "the bias is left out of mu",
        lambda p: identity(p.at_centroid(p.m, ZERO), ZERO),
        NOT_IDENTITY,
    ),
    (
        "corollary-2",
        "beta is not zero",
        lambda p: identity(p.at_centroid(p.location, p.beta), ZERO),
        NOT_IDENTITY,
    ),
    (
        "corollary-2",
        "the breakpoint is one",
        lambda p: identity(p.at_centroid(p.location, ZERO), ONE),
        NOT_IDENTITY,
    ),
    (
        "sigma-positive-centred",
        "the inputs are not centred",
        lambda p: identity(p.u + p.c - p.expectation(p.u + p.c, p.u, p.MOMENTS), p.u),
        NOT_IDENTITY,
    ),
    (
        "sigma-positive-centred",
        "zero only where the new projection is 0",
        lambda p: nonnegative(p.step, (p.n / (p.n + 1), p.t)),
        NOT_IDENTITY,
    ),
    (
        "sigma-positive-centred",
        "the mean square in the place of the variance",
        lambda p: identity(p.pairs, p.m2),
        NOT_IDENTITY,
    ),
    (
        "hyperplane-ignores-sigma",
        "beta is not the breakpoint",
        lambda p: identity(
            p.preactivation(p.other, p.beta) - p.b, p.sigma / p.other * (p.preactivation(p.sigma, p.beta) - p.b)
        ),
        NOT_IDENTITY,
    ),
    (
        "hyperplane-ignores-sigma",
        "the boundary is where p = 0, whatever beta",
        lambda p: identity(p.sigma * p.preactivation(p.sigma, p.b), p.gamma * (p.t - p.mu)),
        NOT_IDENTITY,
    ),
    (
        "equation-28-nonnegative",
        "gamma <= 0 and t >= 0: Eq. 28 as stated",
        lambda p: identity(*p.homogeneous(-(p.c**2), p.r**2)),
        NOT_IDENTITY,
    ),
    (
        "equation-28-nonnegative",
        "gamma <= 0 and t <= 0",
        lambda p: identity(*p.homogeneous(-(p.c**2), -(p.r**2))),
        NOT_IDENTITY,
    ),
    (
        "equation-28-nonnegative",
        "a(0) = 1",
        lambda p: identity(p.homogeneous(p.c**2, p.r**2)[0] + 1, p.homogeneous(p.c**2, p.r**2)[1] + p.c**2),
        NOT_IDENTITY,
    ),
    (
        "proposition-1",
        "the constant is left out",
        lambda p: identity(p.piece(p.old(p.u, p.new)), p.g * p.piece(p.u + p.new)),
        NOT_IDENTITY,
    ),
    (
        "proposition-1",
        "a second bend at b + 1 leaves no factor",
        lambda p: identity(p.piece(p.old(p.u, p.new) - 1), p.g * p.piece(p.u + p.new - 1) + (1 - p.g) * p.piece(p.b)),
        NOT_IDENTITY,
    ),
    (
        "proposition-1",
        "gamma < 0 without negating the row",
        lambda p: identity(-p.g * (p.t - p.mu) / p.sigma + p.beta, p.g * ((p.t - p.mu) / p.sigma) + p.beta),
        NOT_IDENTITY,
    ),
    (
        "proposition-2-mean",
        "correlated features",
        lambda p: identity(p.with_feature(p.V), p.V + p.w**2 * p.rho**2),
        NOT_IDENTITY,
    ),
    (
        "proposition-2-mean",
        "draws that repeat the first one",
        lambda p: identity(p.with_draw(p.n * p.v), (p.n + 1) * p.v),
        NOT_IDENTITY,
    ),
    (
        "proposition-2-mean",
        "not divided by N",
        lambda p: identity(p.variance, p.v),
        NOT_IDENTITY,
    ),
    (
        "proposition-2-variance-biased",
        "Eq. 13 as stated, times (N - 1)",
        lambda p: identity((p.N - 1) * p.variance, ((p.N - 1) * p.f - (p.N - 3) * p.v**2) / p.N),
        NOT_IDENTITY,
    ),
    (
        "proposition-2-variance-biased",
        "E[sigma^2] = v",
        lambda p: identity(p.mean, p.v),
        NOT_IDENTITY,
    ),
    (
        "proposition-2-variance-biased",
        "2 in the place of 3 for the pairs in E[S^4]",
        lambda p: identity(p.after_one_more(4, 0), p.table(p.n + 1)[4, 0] - p.n * (p.n + 1) * p.v**2),
        NOT_IDENTITY,
    ),
    (
        "proposition-2-finite-population",
        "with replacement",
        lambda p: identity(p.variance, p.square / p.N),
        NOT_IDENTITY,
    ),
    (
        "proposition-2-finite-population",
        "draws that are independent",
        lambda p: identity(p.with_draw(ZERO), p.squared_sum(p.n + 1)),
        NOT_IDENTITY,
    ),
    (
        "proposition-2-finite-population",
        "(M - N)/M",
        lambda p: identity(p.variance, p.square / p.N * (p.M - p.N) / p.M),
        NOT_IDENTITY,
    ),
    (
        "cumulative-average-minimises",
        "momentum 1/j",
        lambda p: identity(p.updated(p.S / (p.n * p.j), 1 / p.j), (p.S + p.B) / (p.n * (p.j + 1))),
        NOT_IDENTITY,
    ),
    (
        "cumulative-average-minimises",
        "a constant momentum",
        lambda p: identity(p.updated(p.S / (p.n * p.j), sympy.Rational(1, 10)), (p.S + p.B) / (p.n * (p.j + 1))),
        NOT_IDENTITY,
    ),
    (
        "cumulative-average-minimises",
        "least at zero",
        lambda p: nonnegative(p.loss(p.mu) - p.loss(p.m1), (1 / p.g, p.mu)),
        NOT_IDENTITY,
    ),
    (
        "pooled-variance",
        "the variance of mu is left out",
        lambda p: identity(p.average, p.pairwise(p.m1, p.m2)),
        NOT_IDENTITY,
    ),
    (
        "pooled-variance",
        "mu not centred",
        lambda p: identity(p.average + p.over_batches(p.a**2), p.pairwise(p.m1, p.m2)),
        NOT_IDENTITY,
    ),
    (
        "pooled-variance",
        "batches of different sizes",
        lambda p: identity((p.j * p.m + p.a) / (p.j + 1), (2 * p.j * p.m + p.a) / (2 * p.j + 1)),
        DIVISION,
    ),
    (
        "scale-invariance",
        "eps is added",
        lambda p: identity(p.squared_scale(p.c, p.eps), (p.c * p.sigma) ** 2),
        NOT_IDENTITY,
    ),
    (
        "scale-invariance",
        "c < 0 changes nothing",
        lambda p: identity(p.sigma * p.numerator(-p.k), p.k * p.sigma * p.numerator(ONE)),
        NOT_IDENTITY,
    ),
    (
        "scale-invariance",
        "the bias is scaled too",
        lambda p: identity(p.location(p.c), p.c * (p.m1 + p.e)),
        NOT_IDENTITY,
    ),
    (
        "proposition-3-normalized-output",
        "beta is not zero",
        lambda p: identity(p.mean_output(p.location, p.beta), ZERO),
        NOT_IDENTITY,
    ),
    (
        "proposition-3-normalized-output",
        "mu is not the mean",
        lambda p: identity(p.mean_output(p.location + 1, ZERO), ZERO),
        NOT_IDENTITY,
    ),
    (
        "theorem-3",
        "sigma and gamma are left out",
        lambda p: identity(p.coefficient(p.q) - p.coefficient(p.q2), (p.q - p.q2) * p.w2),
        NOT_IDENTITY,
    ),
    (
        "theorem-3",
        "the half-facets meet at the angle of the normals",
        lambda p: identity(p.flat(p.HALF, p.HALF2), p.flat(p.NORMAL, p.NORMAL2)),
        NOT_IDENTITY,
    ),
    (
        "theorem-3",
        "the rest is orthogonal to w",
        lambda p: identity(p.product(p.N, p.N), p.d**2 * p.a + p.c),
        NOT_IDENTITY,
    ),
    (
        "theorem-3-limits",
        "half the bound",
        lambda p: nonnegative(p.excess(p.P) - p.c * p.squared(p.P) / 2, (ONE, p.b * p.P + p.c * p.s)),
        NOT_IDENTITY,
    ),
    (
        "theorem-3-limits",
        "the sign of the limit does not depend on the sides",
        lambda p: identity(p.between(p.P, p.P2).subs(p.s, 0), p.P**2 * p.a),
        NOT_IDENTITY,
    ),
    (
        "theorem-3-limits",
        "the fold vanishes as sigma -> 0",
        lambda p: identity(p.between(p.P, p.P2).subs(p.s, 0), p.c),
        NOT_IDENTITY,
    ),
    (
        "theorem-3-limits",
        "the facet is unchanged where P is not 0",
        lambda p: identity(p.squared(p.P), p.s**2 * p.c),
        NOT_IDENTITY,
    ),
    (
        "theorem-3-limits",
        "the facet aligns where P is 0",
        lambda p: Cases("P", p.P, p.beside(-1), p.beside(1), p.beside(1)),
        "nothing declared keeps",
    ),
    (
        "theorem-3-limits",
        "the bound goes to 0 as sigma -> infinity",
        lambda p: Limit("altered", p.c * p.s**2, p.s, "oo", ZERO),
        "nothing declared keeps c",
    ),
    (
        "smaller-sigma-aligns-eventually",
        "rising whatever the sign of P b",
        lambda p: nonnegative(
            p.growth(-(p.h**2) * p.P),
            (TWO, p.k**2 * p.P * p.d * p.y),
            (ONE, p.k**2 * p.P * p.d**2),
            (TWO, p.k * p.h * p.P * p.d),
        ),
        NOT_IDENTITY,
    ),
    (
        "smaller-sigma-aligns-eventually",
        "the threshold has the other sign",
        lambda p: identity(p.along(p.x, p.P * p.a * p.x0) ** 2, (p.P * p.a) ** 2 * (p.x - p.x0) ** 2),
        NOT_IDENTITY,
    ),
    (
        "smaller-sigma-aligns-eventually",
        "cos^2 does not depend on r",
        lambda p: identity(p.a * p.squared(p.x), p.along(p.x, p.b) ** 2),
        NOT_IDENTITY,
    ),
    (
        "folded-distances-bound",
        "the bound is the mean square",
        lambda p: identity(p.variance, p.m2),
        NOT_IDENTITY,
    ),
    (
        "folded-distances-bound",
        "equality at any offset",
        lambda p: identity(p.spread, p.variance),
        NOT_IDENTITY,
    ),
    (
        "folded-distances-bound",
        "twice sigma^2",
        lambda p: nonnegative(p.spread - 2 * p.variance, (ONE, p.mu - p.m1)),
        NOT_IDENTITY,
    ),
    (
        "power-diagram",
        "a concave activation",
        lambda p: nonnegative(p.lower(p.b + p.r**2) - p.upper(p.b + p.r**2), (p.rise, p.r)),
        NOT_IDENTITY,
    ),
    (
        "power-diagram",
        "slopes in any order",
        lambda p: nonnegative(p.upper(p.b + p.r**2) - p.lower(p.b + p.r**2), (p.rise - p.s, p.r)),
        SIGN,
    ),
    (
        "power-diagram",
        "the weight without ||P||^2",
        lambda p: identity(p.power(2 * p.B), p.zz - 2 * (p.Pz + p.B)),
        NOT_IDENTITY,
    ),
    (
        "power-diagram-any-activation",
        "the slope is the number of breakpoints below",
        lambda p: identity(p.slope(p.j), p.j),
        NOT_IDENTITY,
    ),
    (
        "power-diagram-any-activation",
        "the weight has B once",
        lambda p: identity(p.power(p.PP + p.B), p.zz - 2 * (p.Pz + p.B)),
        NOT_IDENTITY,
    ),
    (
        "power-diagram-any-activation",
        "the next piece is larger below the breakpoint",
        lambda p: nonnegative(p.above(p.b - p.r**2) - p.below(p.b - p.r**2), (TWO, p.r)),
        NOT_IDENTITY,
    ),
    (
        "proposition-3-every-unit",
        "beta is not zero",
        lambda p: identity(p.mean(p.preactivation(p.location, p.beta)), ZERO),
        NOT_IDENTITY,
    ),
    (
        "proposition-3-every-unit",
        "mu is not the mean",
        lambda p: identity(p.variance, p.s**2 * p.mean(p.preactivation(p.location + 1, ZERO) ** 2) / p.gamma**2),
        NOT_IDENTITY,
    ),
    (
        "proposition-3-every-unit",
        "the mean square in the place of the variance",
        lambda p: identity(p.variance, p.m2),
        NOT_IDENTITY,
    ),
    (
        "proposition-3-width-one",
        "the last layer has a bias",
        lambda p: nonnegative(p.w * p.output(p.bias) * p.p, (p.e, p.w * p.p)),
        NOT_IDENTITY,
    ),
    (
        "proposition-3-width-one",
        "an activation with a(p) = -e p",
        lambda p: nonnegative(-p.w * p.output(ZERO) * p.p, (-p.e, p.w * p.p)),
        SIGN,
    ),
    (
        "proposition-3-width-one",
        "mu is not the mean",
        lambda p: identity(p.mean(p.preactivation(p.location + 1, ZERO)), ZERO),
        NOT_IDENTITY,
    ),
    (
        "layers-optimal-in-turn",
        "least at zero",
        lambda p: nonnegative(p.gap, (1 / p.g, p.mu)),
        NOT_IDENTITY,
    ),
    (
        "layers-optimal-in-turn",
        "greatest at the mean",
        lambda p: nonnegative(-p.gap, (1 / p.g, p.mu - p.m1)),
        NOT_IDENTITY,
    ),
    (
        "regions-meet-at-centroid",
        "mu is not the mean",
        lambda p: identity(p.mean_preactivation(p.location + 1), p.beta),
        NOT_IDENTITY,
    ),
    (
        "regions-meet-at-centroid",
        "beta is not the breakpoint",
        lambda p: identity(
            p.preactivation(p.towards(p.share), p.tc, p.beta) - p.b,
            p.share * (p.preactivation(p.tx, p.tc, p.beta) - p.b),
        ),
        NOT_IDENTITY,
    ),
    (
        "proposition-3-odd",
        "beta is not zero",
        lambda p: identity(p.preactivation(p.mirror, p.m, p.beta), -p.preactivation(p.t, p.m, p.beta)),
        NOT_IDENTITY,
    ),
    (
        "proposition-3-odd",
        "mu is another number",
        lambda p: identity(p.preactivation(p.mirror, p.m + 1, ZERO), -p.preactivation(p.t, p.m + 1, ZERO)),
        NOT_IDENTITY,
    ),
    (
        "proposition-3-odd",
        "the last layer has a bias",
        lambda p: identity(p.output(-p.z, p.bias), -p.output(p.z, p.bias)),
        NOT_IDENTITY,
    ),
]


def test_a_false_neighbour_does_not_check(neighbour, names):
    claim, _, make, why = neighbour
    module = names(claim)
    with pytest.raises(ProofError, match=why):
        make(module).check(module.PROOF.positive, module.PROOF.zero)


def test_every_file_has_at_least_two_false_neighbours(altered, files):
    counts = Counter(claim for claim, *_ in altered)
    assert {claim for claim in files if counts[claim] < 2} == {"theorem-1"}  # tests/proofs/test_theorem_1.py
