"""What a reader that knows nothing of the writer finds in a DICOM SEG object."""

import numpy as np
import pydicom

IDENTIFICATION = "SegmentIdentificationSequence"


def read_dicom_seg(path, ijk_to_ras, shape_ijk):
    """Return the masks, (k, j, i) bool by label, on the grid of the scan.

    Every frame is put where its own position says, LPS millimetres.
    """
    dataset = pydicom.dcmread(path)
    labels = {int(one.SegmentNumber): one.SegmentLabel for one in dataset.SegmentSequence}
    masks = {label: np.zeros(shape_ijk[::-1], dtype=bool) for label in labels.values()}
    ras_to_ijk = np.linalg.inv(ijk_to_ras)
    frames = dataset.pixel_array.reshape(-1, dataset.Rows, dataset.Columns)
    shared = dataset.SharedFunctionalGroupsSequence[0]
    for pixels, group in zip(frames, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        segment = (group.get(IDENTIFICATION) or shared[IDENTIFICATION].value)[0]
        number = int(segment.ReferencedSegmentNumber)
        place_lps = group.PlanePositionSequence[0].ImagePositionPatient
        first_ijk = (ras_to_ijk @ (*np.multiply(place_lps, (-1, -1, 1)), 1.0))[:3]
        np.testing.assert_allclose(first_ijk, np.round(first_ijk), atol=1e-3)
        np.testing.assert_allclose(first_ijk[:2], 0, atol=1e-3)
        masks[labels[number]][round(first_ijk[2])] = pixels > 0
    return masks
