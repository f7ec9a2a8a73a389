"""The embedded default, from nothing to its bundle: `make train-demo`.

Stage after stage: scenes, general model (`general`), tissue network (`tissue`), experts
(`experts`), masks' thresholds (`threshold`), gate (`gate`), what they are worth (`study`), bundle
(`bundle`), numbers on real scans (`real_scans`). Each stage leaves its result in the work folder
and is skipped when that is there, so that the same command goes on after an interruption; all
processes that `torchrun` started share the work.
"""

from .make import make_demo
from .recipe import DemoRecipe

__all__ = ["DemoRecipe", "make_demo"]
