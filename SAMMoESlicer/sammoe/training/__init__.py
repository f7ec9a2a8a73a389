"""Training and evaluation of bundles; needs the extra `[train]`."""
