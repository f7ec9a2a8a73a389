"""The bundle: a folder with a card and weights, what a user installs, shares and trains."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .card import BundleCard
from .expert_card import ExpertCard
from .input_card import InputCard
from .reader import Bundle, default_bundle_path, read_bundle

if TYPE_CHECKING:
    from .build import build_model
    from .import_upstream import import_sam_med3d
    from .writer import check_can_write, write_bundle

__all__ = [
    "Bundle",
    "BundleCard",
    "ExpertCard",
    "InputCard",
    "build_model",
    "check_can_write",
    "default_bundle_path",
    "import_sam_med3d",
    "read_bundle",
    "write_bundle",
]

_NEEDS_TORCH = {
    "build_model": ".build",
    "check_can_write": ".writer",
    "import_sam_med3d": ".import_upstream",
    "write_bundle": ".writer",
}


def __getattr__(name: str) -> Any:
    """Import what needs torch only when it is asked for."""
    if name in _NEEDS_TORCH:
        return getattr(import_module(_NEEDS_TORCH[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
