"""The checker refutes boundaries that some wrong way of folding sigma makes."""

from dataclasses import replace
from fractions import Fraction

from flint import fmpq

import polybn as pb
from polybn.claims.hyperplane_ignores_sigma import boundaries, boundary_of, check_boundaries
from polybn.claims.view import ExactView, Instance
from polybn.exact.matrix import rows_of
from polybn.outcome import Fails, Holds

BATCH = ((Fraction(0), Fraction(1)), (Fraction(2), Fraction(0)), (Fraction(1), Fraction(1)))
NET = pb.Network([pb.Linear([[1, 0], [1, -1]]), pb.BatchNorm(sigma_bits=4), pb.ReLU(), pb.Linear([[1, 1]])]).fit(BATCH)
VIEW = ExactView(Instance(NET, BATCH, pb.box(-3, 3, dim=2)))


def test_the_right_boundaries_pass():
    assert check_boundaries(VIEW, boundaries) == Holds(4)


def test_a_mean_that_is_not_divided_by_sigma_is_refuted():
    def planted(stage):
        statistics = stage.frozen
        rows = stage.affine.scaled(statistics.factors, tuple(-mu for mu in statistics.location))
        return [[boundary_of(row, value)] for row, value in zip(rows_of(rows.linear), rows.offset, strict=True)]

    outcome = check_boundaries(VIEW, planted)
    assert isinstance(outcome, Fails)
    assert "unit 0" in outcome.where


def test_an_offset_of_one_part_in_a_billion_is_refuted():
    def planted(stage):
        beta = tuple(value + fmpq(1, 10**9) for value in stage.frozen.beta)
        return boundaries(replace(stage, normalization=replace(stage.frozen, beta=beta)))

    assert isinstance(check_boundaries(VIEW, planted), Fails)


def test_a_boundary_that_disappears_for_one_sigma_is_refuted():
    """A zero row whose offset is off its location: gamma (c - mu) / sigma + beta vanishes for sigma = 2 alone."""
    frozen = pb.frozen([0], [1], beta=[-1])
    net = pb.Network([pb.Linear([[0, 0]], [2]), frozen, pb.ReLU(), pb.Linear([[1]])])
    outcome = check_boundaries(ExactView(Instance(net, BATCH, pb.box(-3, 3, dim=2))), boundaries)
    assert isinstance(outcome, Fails)
    assert outcome.right == "all of space at sigma = 2"
