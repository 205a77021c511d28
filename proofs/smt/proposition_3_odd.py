"""With odd activations a batch that is its own mirror image is separated strictly, or has the output 0 throughout.

The hidden layer has two units with the projections t_nk over N samples, the means mu_k, and the pre-activations
p_nk = gamma_k (t_nk - mu_k) r_k + beta_k with beta_k = 0 and r_k = 1 / sigma_k any positive number. The batch is its
own mirror image in its centroid: any two samples are; of three the first two are images of each other and the third
is its own, of four the last two are images, too. For images t_n and t_m the sum t_nk + t_mk is twice the mean. The
values a_nk are those of an odd function: where two pre-activations add to 0, so do the values. The output is
f_n = v_1 a_n1 + v_2 a_n2 + c with c = 0. All f_n are 0, or one is negative and one is positive. Asked for N = 2, 3, 4
with all t_nk, a_nk, v_k, gamma_k and r_k free, so for every dimension.
"""

from itertools import combinations_with_replacement

from z3 import And, Implies, Or, Real, Reals

from polybn.smt import Valid

UNITS = (1, 2)
IMAGES = {2: (), 3: ((1, 2), (3, 3)), 4: ((1, 2), (3, 4))}
"""Which sample is assumed to be the mirror image of which; of two samples, nothing is."""

c = Real("c")
weights, locations, inverses, gammas, betas = (
    dict(zip(UNITS, Reals(f"{name}_1 {name}_2"), strict=True)) for name in ("v", "mu", "r", "gamma", "beta")
)


def mean(values):
    """The mean."""
    return sum(values[1:], values[0]) / len(values)


def two_sided(values):
    """One is negative and one is positive."""
    return And(Or([value < 0 for value in values]), Or([value > 0 for value in values]))


def question(count):
    """For a batch of this size."""
    samples = range(1, count + 1)
    t, a = ({(n, k): Real(f"{name}_{n}{k}") for n in samples for k in UNITS} for name in ("t", "a"))
    p = {(n, k): gammas[k] * (t[n, k] - locations[k]) * inverses[k] + betas[k] for n, k in t}
    means = {k: mean([t[n, k] for n in samples]) for k in UNITS}
    outputs = [sum((weights[k] * a[n, k] for k in UNITS), c) for n in samples]
    images = [t[n, k] + t[image, k] == 2 * means[k] for n, image in IMAGES[count] for k in UNITS]
    pairs = combinations_with_replacement(t, 2)
    return Valid(
        "all f_n are 0, or some f_n < 0 and some f_n > 0",
        f"N = {count}, one hidden layer of two units, any dimension",
        Or(And([f == 0 for f in outputs]), two_sided(outputs)),
        given={
            "normalised hidden layers": And([And(locations[k] == means[k], inverses[k] > 0) for k in UNITS]),
            "beta = 0": And([beta == 0 for beta in betas.values()]),
            "odd activations": And([Implies(p[one] + p[two] == 0, a[one] + a[two] == 0) for one, two in pairs]),
            "c_L = 0": c == 0,
        },
        where={"the batch is its own mirror image": And(images)} if images else {},
        telling={"an output is not 0": Or([f != 0 for f in outputs])},
    )


QUESTIONS = tuple(question(count) for count in (2, 3, 4))
