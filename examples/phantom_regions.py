"""Folding batch normalisation into float weights creates regions that do not exist.

With beta = 0 every first-layer line passes through the batch mean exactly, so 6 lines make 12 regions. Rounded to
float64 the lines miss their common point by about 1e-16 each, and the gaps are counted as regions: 22, the number for
6 lines in general position.
"""

import numpy as np

import polybn as pb

rng = np.random.default_rng(0)
batch = rng.standard_normal((32, 2))
weights = rng.standard_normal((6, 2))

exact = pb.Network([pb.Linear(weights), pb.BatchNorm(), pb.ReLU(), pb.Linear([[1] * 6])]).fit(batch)

projections = batch @ weights.T
mean, deviation = projections.mean(axis=0), projections.std(axis=0)
folded = pb.Network.from_arrays(
    [(weights / deviation[:, None], -mean / deviation), (np.ones((1, 6)), np.zeros(1))], activation="relu"
)

domain = pb.box(-8, 8, dim=2)
for name, net in (("exact", exact), ("folded in float64", folded)):
    part = pb.enumerate_regions(net, domain)
    thinnest = min(region.volume() for region in part)
    print(f"{name}: {len(part)} regions, the smallest of area {float(thinnest):.1e}")
