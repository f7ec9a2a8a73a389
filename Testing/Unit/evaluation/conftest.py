from pathlib import Path

import pytest

from evaluated import evaluate
from tiny_bundle import write_tiny_bundle
from tiny_scans import write_nnunet


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A bundle with the experts `liver` and `vessels`, a scan, and a report on them."""
    folder = tmp_path_factory.mktemp("study")
    write_tiny_bundle(folder / "bundle")
    write_nnunet(folder / "scans", scans=1)
    assert evaluate(folder) == 0
    return folder
