"""Simulated users of a batch of patches, on tensors; `sammoe.simulated_user` has the exact one."""
