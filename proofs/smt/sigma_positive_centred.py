"""sigma > 0 if and only if the centred inputs are not all orthogonal to w.

The projections are t_n = <w, z_n> + c, and sigma^2 = (1/N) sum_n (t_n - m)^2 with their mean m (Eq. 3). With the
centroid zbar of the inputs, sigma^2 > 0 if and only if <w, z_n - zbar> != 0 for some n. Asked for N = 2, 3 in the
plane and for N = 2, 3, 4 on the line, with all z_n, w and c free.
"""

from z3 import Or, Real

from polybn.smt import Valid


def mean(values):
    """The mean."""
    return sum(values[1:], values[0]) / len(values)


def inner(row, point):
    """<w, z>."""
    return sum((a * b for a, b in zip(row[1:], point[1:], strict=True)), row[0] * point[0])


def sides(inputs, row, bias):
    """sigma^2 > 0, and <w, z_n - zbar> != 0 for some n."""
    projections = [inner(row, z) + bias for z in inputs]
    variance = mean([(t - mean(projections)) * (t - mean(projections)) for t in projections])
    centroid = [mean(column) for column in zip(*inputs, strict=True)]
    centred = [[entry - middle for entry, middle in zip(z, centroid, strict=True)] for z in inputs]
    return variance > 0, Or([inner(row, z) != 0 for z in centred])


def question(count, dimension):
    """For a batch of this size in R^d."""
    axes = range(1, dimension + 1)
    inputs = [[Real(f"z_{n}{axis}") for axis in axes] for n in range(1, count + 1)]
    positive, seen = sides(inputs, [Real(f"w_{axis}") for axis in axes], Real("c"))
    return Valid(
        "sigma^2 > 0 if and only if some <w, z_n - zbar> != 0",
        f"N = {count}, dimension {dimension}",
        positive == seen,
        telling={"sigma^2 > 0": positive},
    )


QUESTIONS = tuple(question(*size) for size in ((2, 1), (3, 1), (4, 1), (2, 2), (3, 2)))
