"""The tool in a browser, without installing Slicer: Slicer's own scene and views on a server.

The same `SegmentationSession` and worker as the Slicer module; here is only what a browser needs.
One process holds one scene; every page that is open shows it.
"""
