"""sigma^2 > 0, before eps is added, if and only if the centred inputs are not all orthogonal to w.

Let u_n = <w, z_n>, t_n = u_n + c the projections of one unit over N >= 1 samples with the centroid zbar. Of the first
n of them let S be the sum, Q the sum of squares, and D_n = Q - S^2 / n the sum of squared deviations from their mean.

1. t_n - mean(t) = u_n - mean(u) = <w, z_n - zbar>, since the inner product is linear. So the centred inputs are all
   orthogonal to w if and only if all t_n are equal.
2. sigma^2 is the biased variance, (1/2) E E' (t - t')^2 over pairs of samples, which is E[t^2] - E[t]^2 = D_N / N.
3. D_1 = 0.
4. D_{n+1} - D_n = n / (n + 1) (t_{n+1} - S / n)^2 >= 0, and = 0 only where t_{n+1} is the mean S / n of those before.
5. By induction D_N >= 0, and D_N = 0 exactly where each t_{n+1} is the mean of those before, that is where all are
   equal.
"""

import sympy

from polybn.proof import Argued, Identity, Nonnegative, Proof, expectation

t, other, u, c, m1, m2, n, S, Q = sympy.symbols("t t' u c m1 m2 n S Q", real=True)

ONE = sympy.Integer(1)
MOMENTS = (ONE, m1, m2)

pairs = expectation(expectation((t - other) ** 2, t, MOMENTS), other, MOMENTS) / 2


def deviations(count: sympy.Expr, total: sympy.Expr, squares: sympy.Expr) -> sympy.Expr:
    """D of `count` samples with this sum and this sum of squares."""
    return squares - total**2 / count


step = deviations(n + 1, S + t, Q + t**2) - deviations(n, S, Q)

PROOF = Proof(
    claim="sigma-positive-centred",
    given={"a normalised layer": (n, n + 1)},
    facts=("squared-scale-is-biased-variance",),
    steps=(
        Argued("<w, z_n - zbar> = u_n - mean(u): an inner product is linear."),
        Identity("t_n - mean(t) = u_n - mean(u)", (u + c) - expectation(u + c, u, MOMENTS), u - m1),
        Identity("(1/2) E E' (t - t')^2 = E[t^2] - E[t]^2", pairs, m2 - m1**2),
        Identity("sigma^2 = D / n", pairs.subs({m1: S / n, m2: Q / n}), deviations(n, S, Q) / n),
        Identity("D_1 = 0", deviations(ONE, t, t**2), sympy.Integer(0)),
        Nonnegative(
            "D_{n+1} - D_n = n / (n + 1) (t_{n+1} - S / n)^2, 0 only where t_{n+1} = S / n",
            step,
            ((n / (n + 1), t - S / n),),
        ),
    ),
    conclusion="n counts samples, of which a normalised layer has at least one. By induction over the samples "
    "N sigma^2 = D_N is >= 0, and 0 if and only if each projection is the mean of those before it, that is if and only "
    "if all are equal, that is if and only if every z_n - zbar is orthogonal to w. This holds for every batch size, "
    "dimension and row, zero rows too.",
)
