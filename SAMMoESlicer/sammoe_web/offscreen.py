"""VTK on a machine that may have no screen, and without its chatter on the terminal."""

import os
import sys

from vtkmodules.vtkCommonCore import vtkLogger, vtkOutputWindow

_WINDOW = "VTK_DEFAULT_OPENGL_WINDOW"


def draw_offscreen() -> None:
    """Let VTK draw in memory where there is no screen, instead of asking for one first."""
    has_x11 = sys.platform not in ("win32", "darwin")
    if has_x11 and not os.environ.get("DISPLAY"):
        os.environ.setdefault(_WINDOW, "vtkEGLRenderWindow")


def be_quiet() -> None:
    """Keep VTK's warnings off the terminal; what matters to a user is said on the page."""
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)
    vtkOutputWindow.GetInstance().SetDisplayModeToNever()
