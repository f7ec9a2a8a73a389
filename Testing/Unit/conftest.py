import shutil
from pathlib import Path

import pytest

from tiny_scans import write_nnunet


@pytest.fixture(scope="module")
def untouched(tmp_path_factory) -> Path:
    return write_nnunet(tmp_path_factory.mktemp("scans") / "set", scans=3)


@pytest.fixture
def nnunet(untouched, tmp_path) -> Path:
    return Path(shutil.copytree(untouched, tmp_path / "set"))
