"""The wheel's one addition to pyproject.toml: resources travel inside the packages that need them.

In the source tree they stay where Slicer's build finds them, in Resources/.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

RESOURCES = (
    ("sammoe", Path("Resources", "Models", "demo")),  # `bundle.default_bundle_path` looks here
    ("sammoe_web", Path("Resources", "UI")),
    ("sammoe_web", Path("Resources", "Templates")),
)


class BuildWithResources(build_py):
    """Copies each package's resources into it."""

    def run(self) -> None:
        """Build the packages, then add the resources; an editable install finds them itself."""
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
        return [
            (str(path), str(Path(self.build_lib, package, path)))
            for package, folder in RESOURCES
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        ]


setup(cmdclass={"build_py": BuildWithResources})
