"""Var(mu) = <w^2, rho^2> / N over mini-batches of N independent draws of one law with covariance diag(rho^2).

Let z be a draw, y = <w, z> - E<w, z> a unit's centred projection, v = E[y^2], and S = y_1 + ... + y_N.

1. v = <w^2, rho^2>: let U be the part of y from some features, V = E[U^2], and x one more centred feature with
   E[x^2] = rho^2, uncorrelated with them: E[U x] = 0. Then E[(U + w x)^2] = V + w^2 rho^2. By induction over the
   features, from V = 0 for none, v is the sum of the w_i^2 rho_i^2.
2. E[S^2] = N v: a draw y independent of the n before has E[S y] = E[S] E[y] = 0, so E[(S + y)^2] = n v + v. By
   induction over the draws, from E[S^2] = v for one.
3. mu is the mean of the projections (Eq. 3), that is S / N plus a constant, so Var(mu) = E[(S / N)^2] = v / N.
"""

import sympy

from polybn.proof import Argued, Identity, Proof, expectation, joint_expectation

U, x, w, V, rho, S, y, v, n, N = sympy.symbols("U x w V rho S y v n N", real=True)

ZERO, ONE = sympy.Integer(0), sympy.Integer(1)


def with_feature(correlation: sympy.Expr) -> sympy.Expr:
    """E[(U + w x)^2] where E[U x] is `correlation`."""
    return joint_expectation((U + w * x) ** 2, (U, x), {(2, 0): V, (1, 1): correlation, (0, 2): rho**2})


def with_draw(dependence: sympy.Expr) -> sympy.Expr:
    """E[(S + y)^2] after n draws with E[S^2] = n v, where E[S y] is `dependence`."""
    return joint_expectation((S + y) ** 2, (S, y), {(2, 0): n * v, (1, 1): dependence, (0, 2): v})


variance = expectation((S / N) ** 2, S, (ONE, ZERO, N * v))

PROOF = Proof(
    claim="proposition-2-mean",
    given={"a normalised layer": (N,)},
    facts=("location-is-mean",),
    steps=(
        Argued(
            "An expectation is linear. 'diagonal covariance': E[U x] = 0 for a feature that comes after those in U."
        ),
        Identity("E[(U + w x)^2] = E[U^2] + w^2 rho^2", with_feature(ZERO), V + w**2 * rho**2),
        Argued("The draws are independent: E[S y] = E[S] E[y] = 0 for a draw that comes after those in S."),
        Identity("E[(S + y)^2] = (n + 1) v where E[S^2] = n v", with_draw(ZERO), (n + 1) * v),
        Identity("E[(S / N)^2] = v / N where E[S] = 0, E[S^2] = N v", variance, v / N),
    ),
    conclusion="N >= 1 is the size of the mini-batch. By induction over features v = <w^2, rho^2>, by induction over "
    "draws E[S^2] = N v. The bias and the law's mean shift mu by a constant. This holds for every N, every dimension "
    "and every law with a covariance; zero mean is not used.",
)
