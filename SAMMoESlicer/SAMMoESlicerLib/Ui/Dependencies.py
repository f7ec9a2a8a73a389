"""The Python packages the worker needs, installed on first use and only after a yes."""

import contextlib
import importlib.util
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

import slicer
from slicer.i18n import tr as _

from sammoe.errors import WorkerError

TORCH = ">=2.4"
PACKAGES = {"safetensors": "safetensors>=0.4", "SimpleITK": "SimpleITK>=2.3"}
TRAINING_PACKAGES = {
    **PACKAGES,
    "matplotlib": "matplotlib>=3.8",
    "monai": "monai>=1.4",
    "scipy": "scipy>=1.12",
}


class Dependencies:
    """Looks without importing: torch runs in the worker's process, never in Slicer's.

    Args:
        packages: What is needed beside torch: requirements by the name that is imported.
    """

    def __init__(self, packages: Mapping[str, str] = PACKAGES) -> None:
        self._packages = packages

    def missing(self) -> list[str]:
        """Return the names of the packages that are not there."""
        names = ["torch", *self._packages]
        return [name for name in names if importlib.util.find_spec(name) is None]

    def ensure(self) -> bool:
        """Install what is missing after asking; say whether everything is there now.

        Raises:
            WorkerError: The PyTorch extension, which knows the right build, is not installed; or
                an installation failed.
        """
        missing = self.missing()
        packages = [self._packages[name] for name in missing if name in self._packages]
        try:
            if "torch" in missing:
                self._installTorch()
            if packages:
                self._installPackages(packages)
        except (subprocess.SubprocessError, OSError, ValueError, RuntimeError) as error:
            raise WorkerError(
                _(
                    "The installation of {packages} failed: {error}. Look at the network and at "
                    "the space on the disk (Slicer's Python console has pip's words), then try "
                    "again."
                ).format(packages=", ".join(missing), error=str(error).splitlines()[0])
            ) from error
        importlib.invalidate_caches()
        return not self.missing()

    def _installTorch(self) -> None:
        try:
            import PyTorchUtils
        except ModuleNotFoundError as error:
            raise WorkerError(
                _(
                    "PyTorch is needed once: install the extension 'PyTorch' with the Extensions "
                    "Manager, restart Slicer and try again."
                )
            ) from error
        logic: Any = PyTorchUtils.PyTorchUtilsLogic()
        logic.installTorch(askConfirmation=True, torchVersionRequirement=TORCH)

    @staticmethod
    def _installPackages(packages: Iterable[str]) -> None:
        requirements = list(packages)
        try:
            from slicer.packaging import pip_ensure  # Slicer 5.12 and later; asks by itself
        except ImportError:
            pip_ensure = None
        if pip_ensure is not None:
            with contextlib.suppress(RuntimeError):  # the user said no
                pip_ensure(requirements, requester="SAMMoESlicer")
            return
        question = _("SAMMoESlicer needs {packages}. Download and install now?")
        if slicer.util.confirmOkCancelDisplay(question.format(packages=", ".join(requirements))):
            slicer.util.pip_install(requirements)
