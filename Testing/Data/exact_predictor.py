"""A predictor on a model whose answers are known exactly."""

import torch

from grids import GRIDS, ellipsoid_volume
from sammoe.bundle import BundleCard, ExpertCard, InputCard
from sammoe.engine import Predictor
from sammoe.model import SamMoE
from similar_grey import Scaled, SimilarGrey, SimilarGreyWithExtent


class ExactPredictor(Predictor):
    """Draws what is as grey as where it was clicked.

    Args:
        kinds: Of prompts that the weights were trained on.
        crop: `auto-zoom` or `fixed`.
        experts: (id, shift of the logits) pairs.
        gate: Scores for them.
        second_decoder: A second general decoder.

    Attributes:
        family: The backbone; it counts its calls and keeps what it was fed.
    """

    def __init__(
        self,
        kinds=("points", "box", "mask"),
        *,
        crop="auto-zoom",
        experts=(),
        gate=None,
        second_decoder=None,
    ):
        card = BundleCard(
            name="test",
            architecture="compact",
            input=InputCard(
                patch_size=32,
                spacing_mm=2.0 if crop == "fixed" else None,
                normalisation="window",
                crop=crop,
            ),
            prompt_kinds=kinds,
            experts=[ExpertCard(id=name, name=name) for name, _ in experts],
        )
        self.family = SimilarGreyWithExtent() if crop == "auto-zoom" else SimilarGrey()
        model = SamMoE(
            self.family,
            general=Scaled(1.0),
            second_decoder=second_decoder,
            experts={name: Scaled(1.0, shift) for name, shift in experts},
            gate=gate,
        )
        super().__init__(model, card, bundle_hash="test", device="cpu")

    @property
    def calls(self):
        """How often the image encoder and the decoders ran."""
        return self.family.encoded, self.family.decoded


def correcting_one_way():
    """Return a predictor whose clicks add or take away, and the middle of its object, RAS mm."""
    volume, _, centre_ras = ellipsoid_volume(GRIDS["aligned"])
    predictor = ExactPredictor(crop="fixed")
    predictor.family.corrects_one_way = True
    predictor.set_volume(volume)
    return predictor, centre_ras


def answer_with(predictor, change):
    """Let the model answer otherwise than it would."""
    decode = predictor.family.decode
    predictor.family.decode = lambda *given: change(decode(*given))


def nothing_is_left(logits):
    """Return logits of an empty mask."""
    return torch.full_like(logits, -9.0)
