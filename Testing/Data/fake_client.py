"""A client that answers in-process by region growing: what the session sees of an engine."""

from itertools import count

import numpy as np
from scipy import ndimage

from sammoe import Result
from sammoe.bundle import BundleCard, ExpertCard
from sammoe.geometry import bounding_box, box_slices_kji
from sammoe.worker import Cancelled, Predicted, Progress, Ready, VolumeSet

VESSEL = ExpertCard(
    "vessel",
    "Vessel",
    color=(0.8, 0.2, 0.1),
    terminology={
        "category": {"scheme": "SCT", "value": "123037004", "meaning": "Anatomical Structure"},
        "type": {"scheme": "SCT", "value": "59820001", "meaning": "Blood vessel"},
    },
)
BUNDLE = BundleCard("fake | bundle", "compact", experts=(VESSEL,))
INFO = {"bundle": BUNDLE, "bundle_hash": "0123abcd"}


class FakeClient:
    """Grows the region around the positive clicks; a negative click takes a ball of 4 mm away."""

    def __init__(self):
        self.volume = None
        self.volumes, self.asked, self.cancelled = [], [], []
        self.looked_ahead = []
        self.starts, self.isClosed = 0, False
        self.holds = False  # answers nothing until it is False again
        self.isSilent = False  # not even that it is ready
        self.notes = ()
        self._ids = count(1)
        self._events = []
        self._waiting = None

    def start(self):
        self.starts += 1
        if not self.isSilent:
            self._events.append(Ready(0, INFO))
        return 0

    restart = start

    def set_volume(self, volume):
        self.volume = volume
        self.volumes.append(volume)
        id = next(self._ids)
        self._events.append(VolumeSet(id))
        return id

    def predict(self, prompts, options):
        id = next(self._ids)
        self.asked.append((prompts, options))
        self._waiting = id, prompts
        return id

    def look_ahead(self, prompts, options):
        self.looked_ahead.append((prompts, options))

    def cancel(self, id):
        self.cancelled.append(id)
        self._waiting = None
        self._events.append(Cancelled(id))

    def report(self, event):
        """Say something at the next poll."""
        self._events.append(event)

    def poll(self):
        events, self._events = self._events, []
        if self._waiting is not None:
            id, prompts = self._waiting
            events.append(Progress(id, "encode"))
            if not self.holds and not self.isSilent:
                self._waiting = None
                events.append(Predicted(id, self._result(prompts)))
        return events

    def close(self):
        self.isClosed = True
        return True

    def _result(self, prompts):
        mask = grown(self.volume, prompts)
        box = bounding_box(mask)
        return Result(
            mask_box_kji=mask[box_slices_kji(box)],
            box_ijk=box,
            shape_kji=mask.shape,
            scores={"vessel": 0.7, "general": 0.3},
            expert="vessel",
            tau=0.5,
            crop_box_ijk=box,
            spacing_mm=(1.0, 1.0, 1.0),
            touches_border=False,
            window="soft tissue",
            notes=self.notes,
        )


def grown(volume, prompts):
    """Return the fake's answer, a KJI mask: deterministic, and it contains its positive clicks."""
    array = np.asarray(volume.array_kji, dtype=float)
    on_curves = [curve.points_ras for curve in prompts.curves]
    points_ras = np.concatenate([prompts.points_ras, *on_curves])
    labels = [*prompts.point_labels]
    labels += [curve.label for curve in prompts.curves for _ in curve.points_ras]
    points_kji = np.round(volume.points_ijk(points_ras)).astype(int)[:, ::-1]
    mask = np.zeros(array.shape, dtype=bool)
    if prompts.mask is not None:
        mask[box_slices_kji(prompts.mask.box_ijk)] |= prompts.mask.mask_kji
    for at, label in zip(points_kji, labels, strict=True):
        if label == 1:
            regions, _ = ndimage.label(abs(array - array[tuple(at)]) < 50)
            mask |= regions == regions[tuple(at)]
    for at, label in zip(points_kji, labels, strict=True):
        if label == 0:
            offsets = np.moveaxis(np.indices(array.shape), 0, -1) - at
            mask &= np.linalg.norm(offsets * volume.spacing_mm[::-1], axis=-1) > 4
    if prompts.box_ras is not None:
        inside = np.zeros_like(mask)
        corners_ijk = np.round(volume.points_ijk(prompts.box_corners_ras)).astype(int)
        corners_ijk = np.clip(corners_ijk, 0, volume.shape_ijk)
        start, stop = corners_ijk.min(axis=0), corners_ijk.max(axis=0)
        inside[start[2] : stop[2], start[1] : stop[1], start[0] : stop[0]] = True
        mask = mask & inside if len(prompts) else inside
    return mask


class FakeClock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s

    def advance(self, seconds):
        self.now_s += seconds
