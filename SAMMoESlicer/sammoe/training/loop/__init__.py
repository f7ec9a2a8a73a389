"""The loop every training shares: schedule, processes, checkpoints, averaged weights."""
