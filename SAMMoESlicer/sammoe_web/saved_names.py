"""What the files that are taken home are called."""

_IMAGE_ENDINGS = (".nii.gz", ".nii", ".nrrd", ".mha", ".mhd", ".nhdr", ".hdr", ".img", ".dcm")


def stem_of(scan_name: str) -> str:
    """Return a scan's name without the ending of an image file; 'scene' where it has no name.

    Nothing else is cut off: 'P01.baseline' and 'P01.followup' are two scans.
    """
    lower = scan_name.lower()
    ending = next((ending for ending in _IMAGE_ENDINGS if lower.endswith(ending)), "")
    return scan_name[: len(scan_name) - len(ending)] or scan_name or "scene"
