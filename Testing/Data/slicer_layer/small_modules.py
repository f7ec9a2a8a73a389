"""`slicer.i18n`, `slicer.packaging`, `SampleData`, `PyTorchUtils`: what a panel calls of them."""

import shutil
import sys
import types
from pathlib import Path
from typing import ClassVar


def add_to(slicer):
    """Make the modules importable."""
    i18n = types.ModuleType("slicer.i18n")
    i18n.tr = lambda text: text
    i18n.translate = lambda context, text: text
    packaging = types.ModuleType("slicer.packaging")
    packaging.asked, packaging.error = [], None
    packaging.pip_ensure = lambda requirements, **_named: _pip_ensure(packaging, requirements)
    sys.modules["slicer.i18n"] = slicer.i18n = i18n
    sys.modules["slicer.packaging"] = packaging  # no attribute of slicer before it is imported
    sys.modules["SampleData"] = _sample_data()
    sys.modules["PyTorchUtils"] = _pytorch_utils()


def _pip_ensure(packaging, requirements):
    packaging.asked.append(requirements)
    if packaging.error is not None:
        raise packaging.error


def _sample_data():
    module = types.ModuleType("SampleData")

    class SampleDataLogic:
        sources: ClassVar = []

        @staticmethod
        def registerCustomSampleDataSource(category="Custom", sampleName=None, **named):
            _check_lengths(**named)
            SampleDataLogic.sources.append(
                {"category": category, "sampleName": sampleName, **named}
            )

        files: ClassVar = {}

        def downloadFile(self, uri, destFolderPath, name, checksum=None):
            """Copy what a test put at an address; as Slicer's, raise where nothing is there."""
            if uri not in self.files:
                raise ValueError(f"cannot reach {uri}")
            shutil.copy(self.files[uri], Path(destFolderPath) / name)
            return str(Path(destFolderPath) / name)

    module.SampleDataLogic = SampleDataLogic
    return module


def _check_lengths(uris=None, fileNames=None, nodeNames=None, checksums=None, **_named):
    """Apply Slicer's rule to what a source names: as many files as addresses, and node names."""
    if isinstance(uris, str):
        uris, fileNames, nodeNames, checksums = [uris], [fileNames], [nodeNames], [checksums]
    checksums = [None] * len(uris) if checksums is None else checksums  # TypeError without uris
    if not len(uris) == len(fileNames) == len(nodeNames) == len(checksums):
        raise ValueError("All fields of sample data source must have the same length")


def _pytorch_utils():
    module = types.ModuleType("PyTorchUtils")

    class PyTorchUtilsLogic:
        installs: ClassVar = []
        error: ClassVar = None

        def installTorch(self, askConfirmation=False, **named):
            PyTorchUtilsLogic.installs.append(askConfirmation)
            if PyTorchUtilsLogic.error is not None:
                raise PyTorchUtilsLogic.error

    module.PyTorchUtilsLogic = PyTorchUtilsLogic
    return module
