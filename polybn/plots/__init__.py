"""Pictures of partitions and of experiments; matplotlib is imported here and nowhere else."""
