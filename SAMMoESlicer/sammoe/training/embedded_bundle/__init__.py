"""The embedded default, from nothing to its bundle: `sammoe train-embedded`, `make train-demo`.

`make` is the stages in a row, `recipe` the numbers, `scenes` what is looked at. Each stage leaves
its result in the work folder and is skipped when that is there, so that the same command goes on
after an interruption; all processes that `torchrun` started share the work.
"""

from .make import make_embedded
from .real_scans import RealScans
from .recipe import EmbeddedRecipe

__all__ = ["EmbeddedRecipe", "RealScans", "make_embedded"]
