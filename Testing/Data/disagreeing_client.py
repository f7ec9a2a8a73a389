"""An engine whose two decoders disagree as much as a scan says, for scans that are ranked."""

from dataclasses import replace

import numpy as np

from fake_client import FakeClient
from grids import GRIDS, ellipsoid_volume
from sammoe import Volume
from sammoe.geometry import ras_to_ijk


def scanThatDisagreesBy(share):
    """Return a scan with an ellipsoid in its middle; a voxel in its corner says how much."""
    volume, _mask, _centre = ellipsoid_volume(GRIDS["oblique"], (20, 18, 12), radii_mm=(6, 5, 8))
    array = np.array(volume.array_kji)
    array[0, 0, 0] = round(1000 * share)
    return Volume(array, volume.ijk_to_ras)


class DisagreeingClient(FakeClient):
    """The general decoder lacks part of the expert's mask; the gate knows the task in the middle.

    Scans come from `scanThatDisagreesBy`.
    """

    def _result(self, prompts):
        result = super()._result(prompts)
        array = np.asarray(self.volume.array_kji)
        mask = result.mask_box_kji
        if self.asked[-1][1].decoder == "general":
            lacks = round(mask.shape[0] * array[0, 0, 0] / 1000)
            mask = mask.copy()
            mask[:lacks] = False
        at = ras_to_ijk(prompts.points_ras[:1], self.volume.ijk_to_ras)[0]
        away = np.linalg.norm(at - np.asarray(self.volume.shape_ijk) / 2)
        score = float(np.clip(1 - away / 20, 0, 1))
        return replace(
            result, mask_box_kji=mask, scores={"liver": score, "general": 1 - score}, expert=None
        )
