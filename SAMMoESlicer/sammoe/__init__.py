"""SAM-Med3D-MoE as a library: promptable 3-D segmentation with experts one can see and add.

`import sammoe` imports nothing else: its names, and numpy with them, come at their first use. No
torch comes with any of them; `sammoe.engine`, `sammoe.model` and `sammoe.training` need it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import (
        CheckpointError,
        DownloadError,
        GeometryError,
        OutOfMemoryError,
        PromptError,
        ProtocolError,
        SAMMoEError,
        WorkerError,
    )
    from .options import Fusion, PredictOptions
    from .prompts import CurvePrompt, MaskPrompt, PromptSet
    from .result import Result
    from .volume import Volume

__version__ = "0.1.0"

__all__ = [
    "CheckpointError",
    "CurvePrompt",
    "DownloadError",
    "Fusion",
    "GeometryError",
    "MaskPrompt",
    "OutOfMemoryError",
    "PredictOptions",
    "PromptError",
    "PromptSet",
    "ProtocolError",
    "Result",
    "SAMMoEError",
    "Volume",
    "WorkerError",
    "__version__",
]

_MODULES = {
    **dict.fromkeys(("Fusion", "PredictOptions"), ".options"),
    **dict.fromkeys(("CurvePrompt", "MaskPrompt", "PromptSet"), ".prompts"),
    "Result": ".result",
    "Volume": ".volume",
}
"""Where a name is that is no error."""


def __getattr__(name: str) -> Any:
    """Import a name at its first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES.get(name, ".errors"), __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
