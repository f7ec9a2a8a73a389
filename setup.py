"""The wheel's one addition to pyproject.toml: what it needs of Resources travels in the package.

That is the embedded bundle, and the description of Slicer's panel for the one in the browser. In
the source tree they stay where Slicer's build finds them.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

BUNDLE = Path("Resources", "Models", "demo")
PANEL = Path("Resources", "UI", "SAMMoESlicer.ui")


class BuildWithResources(build_py):
    """Copies them to where `default_bundle_path` and `sammoe_web.texts` look first."""

    def run(self) -> None:
        """Build the package, then add them; an editable install uses the source tree's."""
        super().run()
        if not self.editable_mode:
            for source, target in self._resources():
                self.mkpath(str(Path(target).parent))
                self.copy_file(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Return what was built, the resources included."""
        outputs: list[str] = super().get_outputs(include_bytecode)
        return outputs + [target for _, target in self._resources()]

    def _resources(self) -> list[tuple[str, str]]:
        target = Path(self.build_lib, "sammoe")
        files = sorted(path for path in BUNDLE.rglob("*") if path.is_file())
        return [(str(path), str(target / path)) for path in (*files, PANEL)]


setup(cmdclass={"build_py": BuildWithResources})
