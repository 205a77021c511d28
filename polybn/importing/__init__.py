"""Networks and points from files."""
