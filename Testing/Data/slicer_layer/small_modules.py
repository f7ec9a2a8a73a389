"""`slicer.i18n`, `slicer.packaging`, `SampleData`, `PyTorchUtils`: what a panel calls of them."""

import sys
import types
from typing import ClassVar


def add_to(slicer):
    """Make the modules importable."""
    i18n = types.ModuleType("slicer.i18n")
    i18n.tr = lambda text: text
    i18n.translate = lambda context, text: text
    packaging = types.ModuleType("slicer.packaging")
    packaging.asked = []
    packaging.pip_ensure = lambda requirements, **named: packaging.asked.append(requirements)
    for name, module in (("i18n", i18n), ("packaging", packaging)):
        sys.modules[f"slicer.{name}"] = module
        setattr(slicer, name, module)
    sys.modules["SampleData"] = _sample_data()
    sys.modules["PyTorchUtils"] = _pytorch_utils()


def _sample_data():
    module = types.ModuleType("SampleData")

    class SampleDataLogic:
        sources: ClassVar = []

        @staticmethod
        def registerCustomSampleDataSource(category="Custom", sampleName=None, **named):
            SampleDataLogic.sources.append(
                {"category": category, "sampleName": sampleName, **named}
            )

    module.SampleDataLogic = SampleDataLogic
    return module


def _pytorch_utils():
    module = types.ModuleType("PyTorchUtils")

    class PyTorchUtilsLogic:
        installs: ClassVar = []

        def installTorch(self, askConfirmation=False, **named):
            PyTorchUtilsLogic.installs.append(askConfirmation)

    module.PyTorchUtilsLogic = PyTorchUtilsLogic
    return module
