"""Several changes of a node, of which its observers hear once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def oneEvent(node: Any) -> Iterator[None]:
    """Tell a node's observers in the end, once: every view draws its segments anew for each event.

    Writing a mask is half a dozen changes of a segmentation.
    """
    was = node.StartModify()
    try:
        yield
    finally:
        node.EndModify(was)
