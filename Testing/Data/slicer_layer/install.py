"""Puts the layer where the module's imports look for it."""

import os
import sys

from . import pythonqt
from .application import Application


def install(folder):
    """Return a running application whose `qt`, `ctk` and `slicer` can be imported.

    Args:
        folder: Where settings, cache and temporary files go.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import slicer

    from . import (
        ctk_widgets,
        mrml_widgets,
        parameter_node,
        qt_module,
        scripted_module,
        small_modules,
    )

    application = Application(folder)
    pythonqt.apply_rules()
    sys.modules["qt"] = qt_module.module()
    sys.modules["ctk"] = ctk_widgets.module()
    mrml_widgets.add_to(slicer)
    small_modules.add_to(slicer)
    parameter_node.add_to(slicer)
    scripted_module.add_to(slicer)
    application.add_to(slicer)
    return application
