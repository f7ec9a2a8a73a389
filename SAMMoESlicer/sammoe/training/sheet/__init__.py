"""The validation sheet: what a model is worth on bodies it has not learnt from, hour by hour."""

from .sheet import SheetOptions, ValidationSheet

__all__ = ["SheetOptions", "ValidationSheet"]
