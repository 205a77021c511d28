"""A normalisation of one's own: which claims of batch normalisation survive, and what kills the others?"""

from dataclasses import dataclass

import polybn as pb
from polybn.reports.report import table


@dataclass(frozen=True)
class Midrange(pb.Normalization):
    """Centre on the middle of the range, scale by half its length."""

    name = "midrange"
    sigma_bits: int = 4  # coarse rational roots keep counterexamples readable

    def location(self, values):
        return (min(values) + max(values)) / 2

    def squared_scale(self, values):
        return ((max(values) - min(values)) / 2) ** 2


if __name__ == "__main__":
    claims = ["theorem-1", "corollary-2", "theorem-3", "affine-pieces", "subdivision"]
    print(table(pb.audit(Midrange, claims, examples=100)))
