"""Turn what is known after a click into what the caller sees: a mask on the grid, scores, notes."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..bundle.card import BundleCard
from ..options import GENERAL
from ..result import Result
from .box_reading import halfway
from .decision import Decision, deciding_tau, left_out
from .decode import Decoding
from .edges import Edges
from .follow import Tile, follow
from .memo import State
from .objects import clicked_components, faces_touched, without
from .paste_tiles import paste_tiles
from .prompts_ijk import PromptsIJK
from .question import Question
from .steady import as_one_object, corrected

BOX_AS_REGION = (
    "this model was not trained on boxes: the box is used as the region, with a point in its middle"
)

LEFT_OUT = "what {expert} draws does not look like its task: the general model draws instead"

CURVES_AS_CLICKS = (
    "this model was not trained on scribbles and lassos: each is up to 16 points, one after another"
)


def make_result(
    decoding: Decoding,
    card: BundleCard,
    question: Question,
    state: State,
    *,
    edges: Edges | None,
) -> Result:
    """Return the state as a result; `decoder` and `follow` of the options are honoured here.

    Args:
        decoding: The model.
        card: What its bundle says.
        question: What was asked.
        state: What is known.
        edges: Let borders follow the image; None: they stay as they were drawn.
    """
    volume, options = question.volume, question.options
    tiles = _tiles(decoding, question, state)
    with question.stages("paste"):
        shown = tiles if edges is None else [edges.shown(tile, question) for tile in tiles]
        if len(shown) == 1:
            shown = [_clicked(question, shown[0])]
        mask, box = paste_tiles(shown, volume, question.prompts)
    ids = (*card.expert_ids, GENERAL)
    chosen = state.decision.selection.expert
    sx, sy, sz = state.crop.spacing_mm.tolist()
    depth, height, width = volume.array_kji.shape
    return Result(
        mask_box_kji=mask,
        box_ijk=box,
        shape_kji=(depth, height, width),
        scores=dict(zip(ids, state.decision.scores, strict=True)),
        expert=None if chosen is None else ids[chosen],
        tau=deciding_tau(card, state.decision, options.tau),
        crop_box_ijk=state.crop.box_ijk(volume.shape_ijk),
        spacing_mm=(sx, sy, sz),
        touches_border=len(tiles) == 1 and _touches_border(question, tiles[0]),
        window=state.window.name if state.window else card.input.normalisation,
        timings_ms=dict(question.stages.timings_ms),
        notes=_notes(decoding, card, question, state.decision),
        device=decoding.ladder.name,
    )


def _tiles(decoding: Decoding, question: Question, state: State) -> list[Tile]:
    decoder = question.options.decoder
    if decoder is not None:
        expert = None if decoder == GENERAL else decoder

        def drawn(prompts: PromptsIJK) -> NDArray[np.float32]:
            asked = replace(question, prompts=prompts)
            return decoding.decode_one(asked, state.crop, state.fed_logits, expert=expert)

        logits = corrected(drawn(question.prompts), state, question.prompts, drawn=drawn)
        if decoding.corrects_one_way:
            logits = as_one_object(logits, state, question.prompts)
        if state.halfway_in is not None:
            asked = replace(question, window=state.halfway_in)
            logits = halfway(logits, decoding.decode_one(asked, state.crop, None, expert=expert))
        return [Tile(state.crop, logits)]
    if question.options.follow:
        return follow(decoding, question, state)
    return [Tile(state.crop, state.mask_logits)]


def _touches_border(question: Question, tile: Tile) -> bool:
    """Say whether the clicked object goes on beyond a tile; mostly nothing reaches its faces."""

    def touches(one: Tile) -> bool:
        return bool(faces_touched(one.logits, one.crop, question.volume))

    return touches(tile) and touches(_clicked(question, tile))


def _clicked(question: Question, tile: Tile) -> Tile:
    """Return a tile without the parts nobody clicked; a box or a mask asks for all of them."""
    if question.prompts.box_ijk is not None or question.prompts.mask is not None:
        return tile
    kept = clicked_components(tile.logits, tile.crop, question.prompts.inside_ijk)
    return Tile(tile.crop, without(tile.logits, ~kept))


def _notes(
    decoding: Decoding, card: BundleCard, question: Question, decision: Decision
) -> tuple[str, ...]:
    notes = list(decoding.ladder.notes)
    if question.prompts.box_ijk is not None and "box" not in card.prompt_kinds:
        notes.append(BOX_AS_REGION)
    expert = left_out(card, decision, question.options)
    if expert is not None:
        notes.append(LEFT_OUT.format(expert=card.expert(expert).name))
    if question.prompts.curves_as_clicks:
        notes.append(CURVES_AS_CLICKS)
    return tuple(notes)
