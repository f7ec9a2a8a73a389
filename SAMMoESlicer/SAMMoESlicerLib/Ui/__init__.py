"""The panel: one file a feature. Qt and CTK here, no torch, no voxels."""
