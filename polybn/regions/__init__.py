"""Linear regions of a network in a domain: engines, the partition, and the geometry of one region."""
