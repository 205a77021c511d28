"""The checkers of sigma > 0 refute scales that vanish on varying projections, or do not on constant ones."""

from dataclasses import dataclass
from fractions import Fraction

import polybn as pb
from polybn.claims.sigma_positive import SIGMA_POSITIVE, SIGMA_POSITIVE_CENTRED
from polybn.claims.verdict import Status
from polybn.claims.view import ExactView, Instance
from polybn.outcome import Fails


@dataclass(frozen=True)
class RootMeanSquare(pb.BatchNorm):
    """The scale of the projections about 0: not the claim's scale, and what its literal wording would need."""

    name = "root-mean-square"

    def squared_scale(self, values):
        return sum(value**2 for value in values) / Fraction(len(values))


class MiddleHalf(pb.BatchNorm):
    """The range of all but the two outer values: 0 although one sample is apart."""

    name = "middle-half"

    def squared_scale(self, values):
        inner = sorted(values)[1:-1] or [0]
        return (max(inner) - min(inner)) ** 2


def test_a_scale_about_zero_does_not_vanish_on_equal_projections():
    report = pb.audit(RootMeanSquare, [SIGMA_POSITIVE, SIGMA_POSITIVE_CENTRED], examples=60)
    assert report["sigma-positive"].status is Status.TESTED
    assert report["sigma-positive-centred"].status is Status.REFUTED


def test_a_scale_that_trims_vanishes_too_soon():
    row = pb.audit(MiddleHalf, [SIGMA_POSITIVE_CENTRED], examples=60).rows[0]
    assert row.status is Status.REFUTED
    assert row.witness.failure.left == "sigma^2 = 0"


def test_a_frozen_scale_on_a_constant_unit_is_refuted():
    net = pb.Network([pb.Linear([[1]]), pb.frozen([1], [2]), pb.ReLU(), pb.Linear([[1]])])
    outcome = SIGMA_POSITIVE_CENTRED.decide(ExactView(Instance(net, ((Fraction(1),),), pb.box(-2, 2, dim=1))))
    assert outcome == Fails("sigma^2 = 4", "<w, z_n - zbar> = 0", "layer 0, unit 0, w = (1)")
