"""Drawing networks and deciding claims on them; hypothesis is imported here only."""
