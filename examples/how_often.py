"""How often do two false statements fail? Exact counts on drawn networks, under the law that polybn states.

Theorem 2: of two offsets the one with the nearer hyperplane need not have the nearer folded hyperplane.
Proposition 3: a mini-batch may lie on one side of the decision boundary.
"""

from polybn.auditing.frequency import frequency_table, proposition_3_frequency, theorem_2_frequency

rows = [theorem_2_frequency(width, 8, "1/10", trials=100) for width in (1, 2, 4)]
rows += [proposition_3_frequency(8, batch, slope, trials=200) for slope in ("1/10", "1/2") for batch in (2, 4, 16)]
print(frequency_table(rows))
