"""An offset mu' outside the range of g over the batch, moved to the nearer end mu, brings F nearer to every sample.

Let e = 1 where mu' is above the range and e = -1 where it is below, r = e (mu' - mu) > 0, F = {g = mu}, F' = {g = mu'}.

1. On the side of mu' the range ends at mu, its other end is mu - e h^2: no nearer to mu' than mu.
2. e g(x) <= e mu for every sample x, with equality at some sample x*. So x* is in F, which is not empty.
3. f = e (g - mu) is <= 0 at every sample x, and r where g is mu': g(x) <= mu < mu' or g(x) >= mu > mu'.
4. An empty F' is infinitely far away. Else walk from a sample x to any point y of F': f goes from f(x) <= 0 to r > 0,
   affine between finitely many nodes, so it is 0 at a point z on the way, at T >= 0 before y: z is in F.
5. With M > 0 a bound of all slopes of f, r = f(y) - f(z) <= M T: M (||y - x|| - d(x, F)) >= M T >= r for every y.
6. The infimum over y is M (d(x, F') - d(x, F)) >= r > 0: d(x, F) < d(x, F').

Steps 4 to 6 are those of `theorem-2-same-side`, which are checked here again.
"""

import sympy

from polybn.proof import Argued, Identity, Infeasible, Nonnegative, Proof, proof_of

e, mu, r, h, value = sympy.symbols("e mu r h g(x)", real=True)

ZERO, ONE, TWO = sympy.Integer(0), sympy.Integer(1), sympy.Integer(2)

between = proof_of("theorem-2-same-side")
assert between is not None

outside = mu + e * r
"""mu'."""

other_end = mu - e * h**2


def above(value: sympy.Expr) -> sympy.Expr:
    """f where g has the value."""
    return e * (value - mu)


PROOF = Proof(
    claim="translation-towards-data",
    given={"an offset outside": (r,)},
    where=between.where,
    steps=(
        Nonnegative(
            "mu is the nearer end: |mu' - mu| <= the distance of mu' to the other end",
            (outside - other_end) ** 2 - (outside - mu) ** 2,
            ((TWO * r, h), (ONE, h**2)),
        ),
        Identity("f(x*) = 0 at the sample x* at that end: it is in F", above(mu), ZERO),
        Infeasible(
            "not f(x) > 0 for a sample x, as e g(x) <= e mu", ((ONE, e * mu - e * value),), ((ONE, above(value)),)
        ),
        Argued("So g(x) <= mu < mu' or g(x) >= mu > mu', and F is not empty, for every sample x."),
        *between.steps,
    ),
    conclusion="For a sample x and y in F', z in F with ||z - x|| = D - T makes d(x, F) <= D - T; d(x, F') is the "
    "infimum of D. So d(x, F) < d(x, F'), and for an empty F' because x* is in F. Of the location nothing is used but "
    "that the end is attained at a sample. This holds for every depth, width, dimension, batch size, activation and "
    "normalisation.",
)
