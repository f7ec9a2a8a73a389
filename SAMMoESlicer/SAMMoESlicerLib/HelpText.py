"""What Slicer's help section says of the module; imported at start-up, so it imports little."""

from slicer.i18n import tr as _


def helpText() -> str:
    """Return how the module is used, for a user who has never seen it."""
    return _(
        "<p>Click in a CT or MR volume and get a segment.</p><ol>"
        "<li>Choose the volume (or load one from Sample Data).</li>"
        "<li>Press <b>Object</b> (key 1) and click inside the object.</li>"
        "<li>Correct: further clicks inside, <b>Background</b> (key 2) where the mask should "
        "not be, a <b>Box</b> (key 3), a <b>Scribble</b> (key 4) or a <b>Lasso</b> (key 5). "
        "Ctrl+Z takes a step back. What you paint in the Segment Editor is kept.</li>"
        "<li>One line says who drew the mask and how sure the gate was; C shows the other "
        "outlines, T takes one, <b>Show disagreement</b> finds a good next click.</li>"
        "<li><b>Next</b> (key N) goes to the next empty row; <b>Template</b> fills the list. "
        "Save the scene: the prompts are saved with it.</li></ol>"
        "<p>The images stay on this computer unless you name another one. "
        "For research only; not a medical device.</p>"
    )


def acknowledgementText() -> str:
    """Return whose work the module stands on."""
    return _(
        "After SAM-Med3D-MoE (MICCAI 2024) and SAM-Med3D. The model runs in a process of its "
        "own with PyTorch, which the PyTorch extension installs."
    )
