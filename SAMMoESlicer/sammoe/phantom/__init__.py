"""A generated torso CT with its labels, for demonstrations and tests."""

from .torso import Phantom, make_phantom

__all__ = ["Phantom", "make_phantom"]
