"""Say clearly what is wrong with options before any work is done."""

from ..model.sam_moe import SamMoE
from ..options import AUTO, GENERAL, NO_EXPERT, PredictOptions


def check_options(options: PredictOptions, model: SamMoE) -> None:
    """Check that every expert named exists.

    Raises:
        PromptError: An unknown expert.
    """
    named = [*options.muted]
    if options.expert not in (AUTO, NO_EXPERT):
        named.append(options.expert)
    if options.decoder not in (None, GENERAL):
        named.append(str(options.decoder))
    for expert in named:
        model.decoder(expert)
