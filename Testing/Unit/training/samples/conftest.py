import pytest

from prepared_scans import prepared


@pytest.fixture(scope="module")
def objects_of(untouched, tmp_path_factory):
    """Objects resampled for a card, of some labels or of all."""
    cache = tmp_path_factory.mktemp("cache")
    return lambda card, *labels: prepared(untouched, cache, card, labels=labels)[0].objects
