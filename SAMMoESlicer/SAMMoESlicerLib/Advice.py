"""What to tell the user about a mask, in plain words."""

from sammoe import PredictOptions, Result
from sammoe.options import AUTO, GENERAL

from .Translation import tr as _

SURE = 0.5


def warningFor(result: Result, options: PredictOptions) -> str:
    """Return what is doubtful about a prediction and what to do, or an empty text."""
    if result.voxel_count == 0:
        return _(
            "The mask is empty. Click nearer to the middle of the object, or draw a box around it."
        )
    experts = {id: score for id, score in result.scores.items() if id != GENERAL}
    noExpert = options.expert == AUTO and bool(experts) and result.expert is None
    if result.touches_border and not options.follow:
        text = _(
            "The mask reaches the border of the region the model looked at. Draw a larger box, "
            "click near the border, or switch on 'Follow long objects'."
        )
        if noExpert and max(experts.values()) < SURE:
            return _("No expert knows this object, so the general model drew it.") + " " + text
        return text
    return ""
