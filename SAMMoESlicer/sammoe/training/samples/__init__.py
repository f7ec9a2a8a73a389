"""Views of objects to segment, from labelled scans and from synthetic scenes, as one protocol."""
