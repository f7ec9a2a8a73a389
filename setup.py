"""The wheel's one addition to pyproject.toml: the embedded bundle travels inside the package.

In the source tree it stays where Slicer's build finds it, in Resources/Models/demo.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

BUNDLE = Path("Resources", "Models", "demo")


class BuildWithBundle(build_py):
    """Copies the embedded bundle to where `sammoe.bundle.default_bundle_path` looks first."""

    def run(self) -> None:
        """Build the package, then add the bundle; an editable install uses the source tree's."""
        super().run()
        if not self.editable_mode:
            for source, target in self._bundle_files():
                self.mkpath(str(Path(target).parent))
                self.copy_file(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Return what was built, the bundle included."""
        outputs: list[str] = super().get_outputs(include_bytecode)
        return outputs + [target for _, target in self._bundle_files()]

    def _bundle_files(self) -> list[tuple[str, str]]:
        target = Path(self.build_lib, "sammoe")
        files = sorted(path for path in BUNDLE.rglob("*") if path.is_file())
        return [(str(path), str(target / path)) for path in files]


setup(cmdclass={"build_py": BuildWithBundle})
