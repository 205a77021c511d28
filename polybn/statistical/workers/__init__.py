"""Work shared by processes, executors and torch.distributed, and merged exactly."""
