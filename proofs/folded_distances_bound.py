"""Lip(g)^2 mean_n d(x_n, F)^2 >= sigma^2, before eps is added, whatever the offset of F = {g = mu}.

Let g(x) = <w, z_{l-1}(x)> + c, t_n = g(x_n) on the batch, L its Lipschitz constant on R^d, E the mean over the batch.

1. F empty: the distances are infinite. Else x_n has a nearest point p_n in F, which is closed, and
   |t_n - mu| = |g(x_n) - g(p_n)| <= L d(x_n, F). So L^2 d_n^2 - (t_n - mu)^2 = r_n^2 for some real r_n.
2. So L^2 E[d^2] - E[(t - mu)^2] = E[r^2] >= 0.
3. sigma^2 is the biased variance, (1/2) E E' (t - t')^2 = E[t^2] - E[t]^2 (Eq. 3).
4. E[(t - mu)^2] - sigma^2 = (mu - E[t])^2 >= 0, whatever mu is.
"""

import sympy

from polybn.proof import Argued, Identity, Nonnegative, Proof, expectation, joint_expectation

t, other, mu, m1, m2, L, d, r, D2 = sympy.symbols("t t' mu m1 m2 L d r E[d^2]", real=True)

ONE = sympy.Integer(1)
MOMENTS = (ONE, m1, m2)

spread = expectation((t - mu) ** 2, t, MOMENTS)
variance = expectation(expectation((t - other) ** 2, t, MOMENTS), other, MOMENTS) / 2
distances = joint_expectation(L**2 * d**2 - (t - mu) ** 2, (d, t), {(2, 0): D2, (0, 1): m1, (0, 2): m2})

PROOF = Proof(
    claim="folded-distances-bound",
    facts=("squared-scale-is-biased-variance",),
    steps=(
        Argued("F is closed, g being continuous: each x_n has a nearest point p_n in F, unless F is empty."),
        Argued("|g(x_n) - g(p_n)| <= L ||x_n - p_n||: L^2 d_n^2 - (t_n - mu)^2 is >= 0 for every n, so its mean is."),
        Identity("the mean of it is L^2 E[d^2] - E[(t - mu)^2]", distances, L**2 * D2 - spread),
        Identity("sigma^2 = E[t^2] - E[t]^2", variance, m2 - m1**2),
        Nonnegative("E[(t - mu)^2] - sigma^2 = (mu - E[t])^2 >= 0", spread - variance, ((ONE, mu - m1),)),
    ),
    conclusion="So L^2 E[d^2] >= E[(t - mu)^2] >= sigma^2. Where F is empty its distances are infinite and nothing is "
    "left to say. This holds for every network, batch size, dimension and offset.",
)
