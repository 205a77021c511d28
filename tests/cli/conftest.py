"""A small batch-normalised network in a file."""

from pathlib import Path

import pytest

NETWORK = """{"format": "polybn-network", "version": 1, "layers": [
  {"kind": "linear", "weights": [["1/2", -3], [13.2, "0.25"], [1, 1]]},
  {"kind": "batchnorm"},
  {"kind": "leaky_relu", "slope": "1/10"},
  {"kind": "linear", "weights": [[1, -1, "1/2"], [2, 1, -1]]},
  {"kind": "batchnorm"},
  {"kind": "relu"},
  {"kind": "linear", "weights": [["1", "-2"]], "biases": ["1/7"]}],
 "batch": [[0, 1], ["1/2", -1], [2, 0.5], [-1.5, 0.125]]}
"""


@pytest.fixture
def model(tmp_path: Path) -> str:
    """The path of a 2-3-2-1 network with 15 regions in [-3, 3]^2."""
    path = tmp_path / "net.json"
    path.write_text(NETWORK, encoding="utf-8")
    return str(path)
