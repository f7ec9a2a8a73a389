"""Where the Slicer module's resources are: in a wheel beside this package, else in the sources."""

from pathlib import Path


def resource_path(*parts: str) -> Path:
    """Return the place of a file or folder of `Resources`."""
    roots = Path(__file__).resolve().parents[:3]
    places = [root.joinpath("Resources", *parts) for root in roots]
    return next((place for place in places if place.exists()), places[0])
