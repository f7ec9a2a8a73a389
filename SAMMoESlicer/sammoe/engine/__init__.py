"""The interactive engine: `set_volume` once, `predict` many times; numpy at the door."""

from .errors import Cancelled
from .predictor import Predictor

__all__ = ["Cancelled", "Predictor"]
