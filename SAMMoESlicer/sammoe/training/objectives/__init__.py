"""What a training step lowers, one file an objective."""
