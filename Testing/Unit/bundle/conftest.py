import shutil

import pytest

from tiny_bundle import write_tiny_bundle


@pytest.fixture(scope="module")
def a_written_bundle(tmp_path_factory):
    return write_tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny").path


@pytest.fixture
def a_bundle_folder(a_written_bundle, tmp_path):
    return shutil.copytree(a_written_bundle, tmp_path / "tiny")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A bundle's folder that nobody writes to."""
    return write_tiny_bundle(tmp_path_factory.mktemp("source") / "tiny").path


@pytest.fixture
def library(tmp_path):
    return tmp_path / "library"
