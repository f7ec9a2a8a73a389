"""Which bodies are looked at: the label maps that come with the project, and geometric scenes."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from .atlas import Atlas
from .kept_maps import kept_label_map, kept_scene_map
from .label_maps import HELD_OUT, LabelMap

SHARES = {
    "spl_abdomen": 0.22,
    "hra_visible_human_male_torso": 0.17,
    "spl_head_neck": 0.13,
    "visible_human_female_pelvis_legs": 0.12,
    "spl_brain": 0.08,
    "spl_knee": 0.08,
    "synthseg_brain_01": 0.05,
    "synthseg_brain_08": 0.05,
    "tcia_chest_ct": 0.4,
    "hra_visible_human_female_torso": 0.35,
    "synthseg_brain_14": 0.25,
}
"""How often each map is looked at, against the others that are trained on, or held out."""
SCENE_SHARE = 0.22
"""Of views are of geometric scenes, where there is anatomy as well."""


def anatomy_path() -> Path | None:
    """Return where the label maps lie: in the source tree, or beside an installed module."""
    for root in Path(__file__).resolve().parents[2:6]:
        folder = root / "Resources" / "Anatomy"
        if folder.is_dir():
            return folder
    return None


def bodies(
    anatomy: Path | None,
    *,
    held_out: bool,
    scenes: Sequence[int],
    device: torch.device,
    cache: Path | None = None,
    on_map: Callable[[int, int], None] = lambda done, total: None,
) -> Atlas:
    """Return bodies to look at.

    Args:
        anatomy: Folder of the label maps; None: geometric scenes alone.
        held_out: The maps nothing is trained on, instead of the others.
        scenes: Numbers of geometric scenes.
        device: Where views are made.
        cache: Where maps are kept as they were made ready; None: nowhere.
        on_map: Called with the number of maps done and of all.

    Raises:
        SAMMoEError: A map is missing.
    """
    names = [name for name in SHARES if (name in HELD_OUT) == held_out] if anatomy else []
    total = len(names) + len(scenes)
    maps: list[LabelMap] = []
    for name in names:
        assert anatomy is not None
        maps.append(kept_label_map(anatomy / f"{name}.nii.gz", cache))
        on_map(len(maps), total)
    for number in scenes:
        maps.append(kept_scene_map(number, cache))
        on_map(len(maps), total)
    whole = sum(SHARES[name] for name in names)
    scene_share = SCENE_SHARE if names else 1.0
    shares = [(1.0 - scene_share) * SHARES[name] / whole for name in names]
    shares += [scene_share / max(len(scenes), 1)] * len(scenes)
    return Atlas(maps, shares, device=device)
