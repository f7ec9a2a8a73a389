"""Turn a published SAM-Med3D checkpoint into a bundle, once."""

import os
from pathlib import Path

from ..model.checkpoint import read_state_dict
from ..model.sam_med3d import sizes_from_state_dict
from .card import BundleCard
from .input_card import InputCard
from .place import Place
from .reader import Bundle, sha256_of
from .writer import write_bundle


def import_sam_med3d(
    checkpoint: str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    license: str = "Apache-2.0",
    half: bool = False,
    place: Place | None = None,
) -> Bundle:
    """Write a bundle without experts from an upstream `.pth`; no code of the file is ever run.

    Args:
        checkpoint: A bare state dict or one under `model_state_dict`.
        path: The bundle's folder.
        name: Shown on the panel; None: the file's name.
        license: Of the weights; upstream publishes its own under Apache-2.0.
        half: Store float16, half the size at about 1e-3 difference in the logits.
        place: What may be replaced; None: whatever is there.

    Raises:
        CheckpointError: Not a SAM-Med3D checkpoint, or `path` cannot take it.
    """
    file = Path(checkpoint)
    state = read_state_dict(file)
    sizes = sizes_from_state_dict(state)
    card = BundleCard(
        name=name or file.stem,
        architecture="sam_med3d",
        sizes=sizes,
        license=license,
        input=InputCard(patch_size=sizes["patch_size"], spacing_mm=1.5, normalisation="z-positive"),
        prompt_kinds=("points", "mask"),
        training={"imported_from": file.name, "sha256": sha256_of(file)},
    )
    return write_bundle(path, card, general=state, half=half, replaces=place)
