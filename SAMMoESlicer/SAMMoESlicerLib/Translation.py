"""Slicer's translations; outside Slicer, as in a browser, the texts as they are written."""

try:
    from slicer.i18n import tr
except ImportError:  # slicer-core alone

    def tr(text: str) -> str:
        """Return the text itself."""
        return text


__all__ = ["tr"]
