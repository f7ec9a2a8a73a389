"""How long does Slicer's side take to put a mask into a segment that has a closed surface?

python Testing/Benchmarks/hand_over.py [--rounds 9] [--threads 1]

A ball of 90 voxels across, beside another one, in a volume of 256 x 256 x 200: with the surface
made within the writing, as Slicer does, and left for idle time.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import checkout  # noqa: F401
import numpy as np
from timing import left_out, tell, verdict

from sammoe import Volume


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=1, help="without meaning here")
    options = parser.parse_args()
    try:
        from slicer_scene import SlicerScene
    except ImportError as error:
        left_out("a segment with a closed surface", str(error))
        return 0
    print("hand-over to Slicer:")
    with tempfile.TemporaryDirectory() as folder:
        scene = SlicerScene(Path(folder))
        measure(scene.addSegmentation(), options.rounds)
        scene.close()
    return 0


def measure(node, rounds):
    from SAMMoESlicerLib.Bridge import SegmentWriter

    writer = SegmentWriter(node)
    mine, other = writer.addSegment("mine"), writer.addSegment("other")
    volume = Volume(np.zeros((200, 256, 256), np.int16), np.eye(4))
    box = np.array([[50, 50, 50], [150, 150, 150]])
    distance = np.sqrt(((np.indices((100, 100, 100)) - 50) ** 2).sum(axis=0))
    writer.write(other, volume, distance < 45, box + np.array([60, 0, 0]))
    writer.write(mine, volume, distance < 45, box)
    node.CreateClosedSurfaceRepresentation()
    seconds = {False: [], True: []}
    for turn in range(rounds):
        for late in (False, True):
            writer.makesSurfacesLate = late
            mask = distance < 40 - turn % 5 - late
            start = time.perf_counter()
            writer.write(mine, volume, mask, box)
            seconds[late].append(time.perf_counter() - start)
            writer.rebuildSurfaces()
    at_once, late = (statistics.median(seconds[late]) * 1e3 for late in (False, True))
    verdict("a mask in its segment, ms", late, 30.0, at_least=False, goal=6)
    tell("the same with its surface made at once", at_once, "ms", goal=6)
    tell("times faster", at_once / late, goal=6)


if __name__ == "__main__":
    sys.exit(main())
