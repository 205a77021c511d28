"""An edge of the adjacency graph names the owners of the shared facet from both sides."""

import polybn as pb


def test_a_unit_that_vanishes_on_one_side_is_named():
    """a(x) = max(x, 0) feeds a second unit: at 0 both are at their breakpoint, the second one on all of x < 0 too."""
    net = pb.Network.from_arrays([([[1]], [0]), ([[1]], [0]), ([[1]], [0])], activation="relu")
    part = pb.enumerate_regions(net, pb.box(-1, 1, dim=1))
    assert [region.code for region in part] == [(-1, 0), (1, 1)]
    assert part.adjacency().edges[0, 1]["units"] == ((0, 0), (1, 0))


def test_coincident_hyperplanes_share_one_edge():
    net = pb.Network.from_arrays([([[1], [-2], [3]], [0, 0, 0]), ([[1, 1, 1]], [0])], activation="abs")
    part = pb.enumerate_regions(net, pb.box(-1, 1, dim=1))
    assert list(part.adjacency().edges.data("units")) == [(0, 1, ((0, 0), (0, 1), (0, 2)))]


def test_a_hyperplane_along_a_side_of_the_domain_separates_nothing():
    net = pb.Network.from_arrays([([[1, 0], [0, 1]], [-1, 0]), ([[1, 1]], [0])], activation="relu")
    part = pb.enumerate_regions(net, pb.box(-1, 1, dim=2))
    assert len(part) == 2
    assert list(part.adjacency().edges.data("units")) == [(0, 1, ((0, 1),))]
    assert all(any(facet.on_domain_boundary and (0, 0) in facet.units for facet in region.facets) for region in part)
