"""Var(mu) = (s^2 / N)(M - N)/(M - 1) over mini-batches of N out of M >= 2 samples, drawn without replacement.

Let y_1, ..., y_M be the centred projections of all samples, so their sum T is 0 and their squares sum to M s^2; draws
without replacement are exchangeable: each is uniform on the M, each two are uniform on the M (M - 1) ordered pairs.

1. Over ordered pairs of different samples sum y_m y_n = T^2 - sum y_m^2 = -M s^2, so two draws have the covariance
   c = -s^2 / (M - 1).
2. After n draws with the sum S let E[S^2] = n s^2 + n (n - 1) c. One more draw y has E[S y] = n c, E[y^2] = s^2, so
   E[(S + y)^2] = (n + 1) s^2 + (n + 1) n c. It holds for n = 1.
3. Var(mu) = E[(S / N)^2] = (N s^2 + N (N - 1) c) / N^2 = (s^2 / N)(M - N)/(M - 1).
4. s^2 = <w, S w> with S the covariance matrix: a feature x with E[U x] = k adds 2 w k + w^2 rho^2 to E[U^2].
"""

import sympy

from polybn.proof import Argued, Identity, Proof, expectation, joint_expectation

square, T, P, S, y, n, N, M = sympy.symbols("s^2 T P S y n N M", real=True)
U, x, w, V, rho, k = sympy.symbols("U x w V rho k", real=True)

ZERO, ONE = sympy.Integer(0), sympy.Integer(1)


def between_draws(total: sympy.Expr, squares: sympy.Expr) -> sympy.Expr:
    """E of the product of two draws, from the sum of all M values and of their squares."""
    return (total**2 - squares) / (M * (M - 1))


covariance = between_draws(ZERO, M * square)


def squared_sum(n: sympy.Expr) -> sympy.Expr:
    """E[S^2] after n draws."""
    return n * square + n * (n - 1) * covariance


def with_draw(dependence: sympy.Expr) -> sympy.Expr:
    """E[(S + y)^2] for one draw after n, where E[S y] is `dependence`."""
    return joint_expectation((S + y) ** 2, (S, y), {(2, 0): squared_sum(n), (1, 1): dependence, (0, 2): square})


variance = expectation((S / N) ** 2, S, (ONE, ZERO, squared_sum(N)))
feature = joint_expectation((U + w * x) ** 2, (U, x), {(2, 0): V, (1, 1): k, (0, 2): rho**2})

PROOF = Proof(
    claim="proposition-2-finite-population",
    given={"a normalised layer": (N,), "M >= 2": (M, M - 1)},
    facts=("location-is-mean",),
    steps=(
        Argued("Two draws are uniform on the M (M - 1) ordered pairs; over these y_m y_n sums to T^2 - sum y_m^2."),
        Identity("c = -s^2 / (M - 1) where T = 0 and the squares sum to M s^2", covariance, -square / (M - 1)),
        Identity("E[S^2] = s^2 after one draw", squared_sum(ONE), square),
        Argued("A draw after n has the covariance c with each of them: E[S y] = n c."),
        Identity("E[(S + y)^2] is E[S^2] after n + 1 draws", with_draw(n * covariance), squared_sum(n + 1)),
        Identity("E[(S / N)^2] = (s^2 / N)(M - N)/(M - 1)", variance, square / N * (M - N) / (M - 1)),
        Identity("E[(U + w x)^2] = E[U^2] + 2 w E[U x] + w^2 E[x^2]", feature, V + 2 * w * k + w**2 * rho**2),
    ),
    conclusion="mu is S / N plus a constant. By induction over the draws the variance is as stated for every N <= M; "
    "by induction over the features s^2 = <w, S w> with the covariance S of the inputs, whatever it is. This holds for "
    "every N, M and dimension.",
)
