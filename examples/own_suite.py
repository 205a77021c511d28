"""A test file of one's own: does my normalisation keep the theorems of batch normalisation? And my own property?

Run it with `pytest examples/own_suite.py`, or as a script to see what its first test says when it fails.
"""

from dataclasses import dataclass

from hypothesis import given, settings

import polybn as pb
from polybn.testing import check_claims, strategies


@dataclass(frozen=True)
class Trimmed(pb.Normalization):
    """The mean without the least and the greatest value; the variance about it."""

    name = "trimmed"

    def location(self, values):
        kept = sorted(values)[1:-1] or values
        return sum(kept) / len(kept)

    def squared_scale(self, values):
        return sum((value - self.location(values)) ** 2 for value in values) / len(values)


def test_layers_stay_central():
    check_claims(Trimmed, ["corollary-2", "subdivision"], examples=60)


@settings(max_examples=20, deadline=None)
@given(strategies.placed(normalization=Trimmed, place="near a boundary", dimensions=(1, 2)))
def test_a_point_near_a_boundary_lies_in_one_region(placed):
    region = placed.partition.region_of(placed.point)
    assert placed.network(placed.point) == region.affine(placed.point)


if __name__ == "__main__":
    try:
        test_layers_stay_central()
    except AssertionError as failure:
        print(failure)
    test_a_point_near_a_boundary_lies_in_one_region()
