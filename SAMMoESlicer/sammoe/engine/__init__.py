"""The interactive engine: `set_volume` once, `predict` many times; numpy at the door."""

from .predictor import Predictor
from .stages import Cancelled

__all__ = ["Cancelled", "Predictor"]
