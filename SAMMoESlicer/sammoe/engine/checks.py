"""Say clearly what is wrong with options before any work is done."""

from ..model.sam_moe import SamMoE
from ..options import AUTO, GENERAL, NO_EXPERT, PredictOptions


def check_options(options: PredictOptions, model: SamMoE) -> None:
    """Check that every expert to be used exists.

    A muted one need not: whoever muted it may have had an earlier version of the bundle.

    Raises:
        PromptError: An unknown expert.
    """
    named = []
    if options.expert not in (AUTO, NO_EXPERT):
        named.append(options.expert)
    if options.decoder not in (None, GENERAL):
        named.append(str(options.decoder))
    for expert in named:
        model.decoder(expert)
