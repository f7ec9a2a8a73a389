"""`qt`, `ctk` and what `slicer` has inside the application, for tests without the application.

Built on PySide6 and slicer-core. It imitates PythonQt's rules where code would notice, and is
strict where PythonQt is: what passes here should not fail in Slicer. `test_lint.py` looks for what
it cannot imitate.
"""

from .install import Application, install

__all__ = ["Application", "install"]
