"""Networks, batches, domains and places drawn by hypothesis, degenerate on purpose; nothing is rejected."""
