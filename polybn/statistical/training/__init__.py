"""Training by gradient descent, the same from a seed, with checkpoints; and extra noise on batch statistics."""
