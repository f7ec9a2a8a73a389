"""Views of several tasks: where each expert's samples come from, and batches of one task each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...bundle import Bundle
from ...errors import SAMMoEError
from ...labelled_scans import LeftOut, ScanFolder
from ..reporter import Reporter
from ..view_batch import ViewBatch, ViewSource
from .general_views import GeneralData, Views, scan_views


class TaskViews:
    """Batches of one task each; `kinds` says which, as a column of the gate.

    Args:
        sources: Views by column of the gate.
        columns: The columns, drawn equally often.
    """

    def __init__(self, sources: Sequence[ViewSource], columns: Sequence[int]) -> None:
        self._sources = list(zip(sources, columns, strict=True))

    def sample(self, rng: np.random.Generator, *, views: int, objects: int, size: int) -> ViewBatch:
        """Return a batch of one task."""
        source, column = self._sources[int(rng.integers(len(self._sources)))]
        batch = source.sample(rng, views=views, objects=objects, size=size)
        kinds = np.full(len(batch.masks), column)
        return replace(batch, kinds=kinds)


def views_of_tasks(
    bundle: Bundle,
    folders: Mapping[str, ScanFolder],
    general: GeneralData,
    left_out: LeftOut,
    reporter: Reporter,
    *,
    scenes: bool,
) -> dict[str, Views]:
    """Return views of experts' tasks by id: from folders, and from synthetic scenes if wanted.

    Args:
        bundle: Whose experts.
        folders: Labelled scans by expert id.
        general: Says where synthetic scenes are kept.
        left_out: Told of scans that cannot be used.
        reporter: Told how far it is.
        scenes: Take synthetic scenes for tasks they have and no folder is given for.

    Raises:
        SAMMoEError: A folder for an expert the bundle does not have, or one that cannot be used.
    """
    if unknown := sorted(folders.keys() - set(bundle.card.expert_ids)):
        known = ", ".join(bundle.card.expert_ids) or "none"
        raise SAMMoEError(f"the bundle has no expert {', '.join(unknown)}; it has: {known}")
    views = general.task_views(bundle.card, reporter) if scenes else {}
    for expert_id, folder in folders.items():
        views[expert_id] = scan_views(folder, bundle.card, left_out, reporter, cache=general.cache)
    return views
