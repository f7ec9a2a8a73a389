"""`import sammoe`: every name is there, and costs nothing before it is used."""

import subprocess
import sys

import pytest

import sammoe
from sammoe.worker.process import worker_environment


def test_every_name_of_the_package_is_there_and_stays_the_same():
    for name in sammoe.__all__:
        value = getattr(sammoe, name)
        assert value is getattr(sammoe, name)
        assert name == "__version__" or value.__name__ == name
        assert name in dir(sammoe)
    assert issubclass(sammoe.DownloadError, sammoe.SAMMoEError)
    with pytest.raises(AttributeError, match="'Volum'"):
        _ = sammoe.Volum


def test_importing_the_package_imports_no_numpy():
    program = "import sys, sammoe; print(sorted({'numpy', 'torch', 'scipy'} & set(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=worker_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert run.stdout == "[]\n"
