"""The Slicer side of SAMMoESlicer: the session, the bridge to MRML, the panel."""
