"""Pictures of partitions; matplotlib is imported here and nowhere else."""
