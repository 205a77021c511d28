"""A tree partition finds the facets of the region that is asked for, and of no other."""

import numpy as np

import polybn as pb
from polybn.regions import partition as module


def test_one_region_costs_one_search(monkeypatch):
    rng = np.random.default_rng(0)
    net = pb.Network.from_arrays([(rng.standard_normal((5, 5)), rng.standard_normal(5)), ([[1] * 5], [0])])
    part = pb.enumerate_regions(net, pb.box(-3, 3, dim=5))
    assert part.engine == "tree"
    searched = []
    real = module.facets_of
    monkeypatch.setattr(module, "facets_of", lambda *given: searched.append(1) or real(*given))
    region = part[3]
    assert (len(region.code), len(region.witness), len(searched)) == (5, 5, 0)
    assert region.facets == part[3].facets
    assert len(searched) == 1
    table = part.facet_table
    assert len(searched) == 1  # floats prove the facets of all regions of a generic network together
    assert table.of_region(3) == part.owners_of(3)
    split = pb.enumerate_regions(net, pb.box(-3, 3, dim=5), engine="split")
    assert [region.facets for region in part] == [region.facets for region in split]
