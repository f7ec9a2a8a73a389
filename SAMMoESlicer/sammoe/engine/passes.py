"""Many prompts that come in one call are taken in a few passes, not one by one."""

from collections.abc import Iterable

MOST_ONE_BY_ONE = 32
"""So many are, each on the mask of the one before, as when they were clicked: an object that is
not remembered any more is found again as it was shown. That takes a few seconds."""
FIRST = 4
"""Of more, so many are: until the crop is fitted."""


def passes(done: int, total: int, *, also: Iterable[int] = ()) -> list[int]:
    """Return after how many prompts to look, rising; the last one is `total`.

    Args:
        done: After so many was looked already.
        total: All prompts.
        also: Where to look in any case, if it lies between.
    """
    if total - done <= MOST_ONE_BY_ONE:
        return list(range(done + 1, total + 1))
    counts = {total, *range(done + 1, FIRST + 1)}
    counts |= {count for count in also if done < count < total}
    count = 2 * max(done, FIRST)
    while count < total:
        counts.add(count)
        count *= 2
    return sorted(counts)
