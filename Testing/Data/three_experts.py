"""An engine of three experts that answers in-process, for panels and pictures."""

from dataclasses import replace

from fake_client import FakeClient
from sammoe.bundle import BundleCard, ExpertCard

EXPERTS = (
    ExpertCard("vessel", "Vessel tree", color=(0.85, 0.3, 0.3), tau=0.5),
    ExpertCard("lesion", "Lesion", color=(0.95, 0.6, 0.2), tau=0.45),
    ExpertCard("vertebra", "Vertebra", color=(0.35, 0.7, 0.55), tau=0.6),
)
SCORES = {"vessel": 0.72, "lesion": 0.08, "vertebra": 0.03, "general": 0.17}
INFO = {
    "bundle": BundleCard("Three experts", "compact", experts=EXPERTS),
    "bundle_hash": "0123abcd",
    "device": "cpu",
    "peak_memory_mb": 812,
}


class ThreeExpertsClient(FakeClient):
    """The fake engine with a gate: scores are fixed, pin, mute and threshold are obeyed.

    The general decoder's own mask lacks the top slices, so that decoders disagree.
    """

    def __init__(self):
        super().__init__()
        self.touches_border = False

    def start(self):
        super().start()
        self._events = [replace(e, info=INFO) if hasattr(e, "info") else e for e in self._events]
        return 0

    restart = start

    def _result(self, prompts):
        result = super()._result(prompts)
        options = self.asked[-1][1]
        mask = result.mask_box_kji
        if options.decoder == "general":
            mask = mask.copy()
            mask[-mask.shape[0] // 3 :] = False
        return replace(
            result,
            mask_box_kji=mask,
            scores=SCORES,
            expert=_choose(options),
            tau=0.5 if options.tau is None else options.tau,
            touches_border=self.touches_border,
        )


def _choose(options):
    if options.expert == "none":
        return None
    if options.expert != "auto":
        return options.expert
    score, best = max((s, i) for i, s in SCORES.items() if i not in (*options.muted, "general"))
    return best if score > (0.5 if options.tau is None else options.tau) else None
