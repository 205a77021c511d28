"""Var(sigma^2) = ((N - 1)^2 phi^4 - (N - 1)(N - 3) s^4) / N^3 over mini-batches of N independent draws of one law.

Let y be a draw's centred projection, with the moments 0, v, m3, f (v = s^2, f = phi^4), and after n independent draws
S_n = sum y, Q_n = sum y^2.

1. v = <w^2, rho^2>: a feature x that is uncorrelated with a part U of y adds w^2 rho^2 to E[U^2].
2. The mixed moments E[S^i Q^j] with i + 2 j <= 4 are those of `table(n)` below, for instance
   E[Q^2] = n f + n (n - 1) v^2 and E[S^4] = n f + 3 n (n - 1) v^2. For n = 1 they are E[y^(i + 2 j)].
   From n to n + 1: E[(S + y)^i (Q + y^2)^j] is expanded, and by independence E[S^a Q^b y^c] = E[S^a Q^b] E[y^c]. The
   result is `table(n + 1)`, each of the eight moments.
3. sigma^2 is the biased variance Q / N - (S / N)^2 (Eq. 3): shifting all projections by E<w, z> + c does not change it.
4. E[sigma^2] = (N - 1) v / N, and E[sigma^4] - E[sigma^2]^2 is the formula.
5. With N - 3 = r (N - 1) the formula is ((N - 1) / N)^2 (f - r v^2) / N, the stated multiple of the one for the
   unbiased estimator, where that is defined (N >= 2).
"""

import sympy

from polybn.proof import Argued, Identity, Proof, expectation, joint_expectation

S, Q, y, v, m3, f, n, N, r = sympy.symbols("S Q y v m3 f n N r", real=True)
U, x, w, V, rho, t, shift, m1, m2 = sympy.symbols("U x w V rho t shift m1 m2", real=True)

ZERO, ONE = sympy.Integer(0), sympy.Integer(1)
LAW = (ONE, ZERO, v, m3, f)
Table = dict[tuple[int, ...], sympy.Expr]


def table(n: sympy.Expr) -> Table:
    """E[S^i Q^j] after n draws, by (i, j)."""
    mixed = n * f + n * (n - 1) * v**2
    fourth = n * f + 3 * n * (n - 1) * v**2
    return {
        (1, 0): ZERO,
        (2, 0): n * v,
        (0, 1): n * v,
        (3, 0): n * m3,
        (1, 1): n * m3,
        (2, 1): mixed,
        (0, 2): mixed,
        (4, 0): fourth,
    }


def after_one_more(i: int, j: int) -> sympy.Expr:
    """E[(S + y)^i (Q + y^2)^j], y independent of the n draws in S and Q."""
    before: Table = {(0, 0): ONE, **table(n)}
    joint = {(a, b, c): moment * law for (a, b), moment in before.items() for c, law in enumerate(LAW)}
    return joint_expectation((S + y) ** i * (Q + y**2) ** j, (S, Q, y), joint)


square = Q / N - (S / N) ** 2
mean = joint_expectation(square, (S, Q), table(N))
variance = joint_expectation(square**2, (S, Q), table(N)) - mean**2


def formula(v: sympy.Expr, f: sympy.Expr) -> sympy.Expr:
    """((N - 1)^2 phi^4 - (N - 1)(N - 3) s^4) / N^3."""
    return ((N - 1) ** 2 * f - (N - 1) * (N - 3) * v**2) / N**3


def spread(of: sympy.Expr) -> sympy.Expr:
    """The biased variance over a batch in which t has the moments m1, m2."""
    moments = (ONE, m1, m2)
    return expectation((of - expectation(of, t, moments)) ** 2, t, moments)


feature = joint_expectation((U + w * x) ** 2, (U, x), {(2, 0): V, (1, 1): ZERO, (0, 2): rho**2})
divided = ((N - 1) ** 2 * f - (N - 1) * (r * (N - 1)) * v**2) / N**3

PROOF = Proof(
    claim="proposition-2-variance-biased",
    given={"a normalised layer": (N,)},
    facts=("squared-scale-is-biased-variance",),
    steps=(
        Argued("'diagonal covariance': E[U x] = 0 for a feature that comes after those in U."),
        Identity("E[(U + w x)^2] = E[U^2] + w^2 rho^2", feature, V + w**2 * rho**2),
        *(
            Identity(f"one draw: E[S^{i} Q^{j}] = E[y^{i + 2 * j}]", moment, LAW[i + 2 * j])
            for (i, j), moment in table(ONE).items()
        ),
        Argued("The draws are independent: E[S^a Q^b y^c] = E[S^a Q^b] E[y^c] for a draw that comes after."),
        *(
            Identity(f"one more draw: E[(S + y)^{i} (Q + y^2)^{j}]", after_one_more(i, j), moment)
            for (i, j), moment in table(n + 1).items()
        ),
        Identity("the variance of t + shift is that of t", spread(t + shift), m2 - m1**2),
        Identity("E[sigma^2] = (N - 1) v / N", mean, (N - 1) * v / N),
        Identity("Var(sigma^2) = ((N - 1)^2 f - (N - 1)(N - 3) v^2) / N^3", variance, formula(v, f)),
        Identity(
            "with N - 3 = r (N - 1): ((N - 1) / N)^2 (f - r v^2) / N", divided, ((N - 1) / N) ** 2 * (f - r * v**2) / N
        ),
    ),
    conclusion="N >= 1 is the size of the mini-batch. By induction over the draws the table of moments holds for every "
    "n, and sigma^2, the biased variance of the projections, is Q / N - (S / N)^2 with the centred ones. By induction "
    "over the features v = <w^2, rho^2>. This holds for every N, every dimension and every law with a fourth moment.",
)
