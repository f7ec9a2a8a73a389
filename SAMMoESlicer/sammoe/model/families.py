"""The foundation models a bundle may name; a new one is a folder and a line here."""

from collections.abc import Callable

from torch import nn

from ..errors import CheckpointError
from .backbone import Backbone
from .compact.build import build_compact
from .sam_med3d.build import build_sam_med3d

Builder = Callable[..., tuple[Backbone, nn.Module]]

FAMILIES: dict[str, Builder] = {
    "compact": build_compact,
    "sam_med3d": build_sam_med3d,
}
"""Architecture name to a function (sizes) -> (backbone, general mask decoder)."""


def build(architecture: str, **sizes: object) -> tuple[Backbone, nn.Module]:
    """Return a freshly initialised backbone and general decoder.

    Raises:
        CheckpointError: No such family, or sizes it does not take.
    """
    try:
        builder = FAMILIES[architecture]
    except KeyError as error:
        known = ", ".join(sorted(FAMILIES))
        raise CheckpointError(f"unknown architecture '{architecture}'; known: {known}") from error
    try:
        return builder(**sizes)
    except TypeError as error:
        raise CheckpointError(f"sizes that '{architecture}' does not take: {error}") from error
