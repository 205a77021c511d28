"""The batch mean is the unique minimiser of a layer's total least squares distance, and the least value is known.

A unit has the row w, w != 0, and the projections t_n = <w, z_n> + c over N samples. Its loss at the offset mu is
L(mu) = (1/N) sum_n (t_n - mu)^2 / ||w||^2 (Eq. 7-8), so L is the number with L ||w||^2 = (1/N) sum_n (t_n - mu)^2. The
location m is the mean and sigma^2 = (1/N) sum_n t_n^2 - m^2 the biased variance (Eq. 3). Then L(m) <= L(mu) for every
mu, with equality for mu = m alone, and L(m) ||w||^2 = sigma^2. Asked for N = 2, 3, 4 of one unit in the plane, with all
z_n, w and c free; of one unit in any dimension, with any projections t_n and any g = ||w||^2; and of a layer of two
units, whose losses add (Eq. 9).
"""

from z3 import And, Implies, Or, Real, Reals

from polybn.smt import Valid


def total(values):
    """The sum."""
    return sum(values[1:], values[0])


def mean(values):
    """The mean."""
    return total(values) / len(values)


def squares(projections, offset):
    """(1/N) sum_n (t_n - mu)^2."""
    return mean([(t - offset) * (t - offset) for t in projections])


def question(size, units, nonzero):
    """`units` are pairs (projections t_n, g = ||w||^2) of one layer."""
    offsets = [Real(f"mu_{k}") for k in range(1, len(units) + 1)]
    losses = [Real(f"L_{k}") for k in range(1, len(units) + 1)]
    least = [Real(f"least_{k}") for k in range(1, len(units) + 1)]
    means = [mean(t) for t, _ in units]
    variances = [mean([x * x for x in t]) - m * m for (t, _), m in zip(units, means, strict=True)]
    elsewhere = Or([mu != m for mu, m in zip(offsets, means, strict=True)])
    rows = list(zip(units, offsets, losses, least, means, variances, strict=True))
    return Valid(
        "L(m) <= L(mu), with equality at mu = m alone, and L(m) = sum sigma^2 / ||w||^2",
        size,
        And(
            total(least) <= total(losses),
            Implies(elsewhere, total(least) < total(losses)),
            *(low * g == variance for (_, g), _, _, low, _, variance in rows),
        ),
        given={"w != 0": nonzero},
        where={
            "L(mu) ||w||^2 = (1/N) sum (t_n - mu)^2": And([L * g == squares(t, mu) for (t, g), mu, L, *_ in rows]),
            "L(m) ||w||^2 = (1/N) sum (t_n - m)^2": And([low * g == squares(t, m) for (t, g), _, _, low, m, _ in rows]),
        },
        telling={
            "mu is another number than m": elsewhere,
            "sigma^2 > 0": And([variance > 0 for variance in variances]),
        },
    )


def any_dimension(count):
    """One unit with any projections, g = ||w||^2."""
    g = Real("g")
    return question(
        f"N = {count}, one unit, any dimension", [([Real(f"t_{n}") for n in range(1, count + 1)], g)], g > 0
    )


def plane(count, width):
    """Units with rows w_k and biases c_k on the inputs z_n of R^2."""
    inputs = [Reals(f"z_{n}1 z_{n}2") for n in range(1, count + 1)]
    rows = [Reals(f"w_{k}1 w_{k}2") for k in range(1, width + 1)]
    biases = [Real(f"c_{k}") for k in range(1, width + 1)]
    units = [
        ([w1 * z1 + w2 * z2 + c for z1, z2 in inputs], w1 * w1 + w2 * w2)
        for (w1, w2), c in zip(rows, biases, strict=True)
    ]
    words = f"N = {count}, {'one unit' if width == 1 else f'{width} units'}, dimension 2"
    return question(words, units, And([Or(w1 != 0, w2 != 0) for w1, w2 in rows]))


QUESTIONS = (
    *(any_dimension(count) for count in (2, 3, 4)),
    *(plane(count, 1) for count in (2, 3, 4)),
    plane(2, 2),
)
