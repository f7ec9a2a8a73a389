"""SAM-Med3D-MoE as a library: promptable 3-D segmentation with experts one can see and add.

`import sammoe` imports no torch; `sammoe.engine`, `sammoe.model` and `sammoe.training` do.
"""

from .errors import (
    CheckpointError,
    GeometryError,
    OutOfMemoryError,
    PromptError,
    ProtocolError,
    SAMMoEError,
    WorkerError,
)
from .options import Fusion, PredictOptions
from .prompts import MaskPrompt, PromptSet
from .result import Result
from .volume import Volume

__version__ = "0.1.0"

__all__ = [
    "CheckpointError",
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
