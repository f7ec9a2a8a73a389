"""What stands where in the phantom's torso: RAS mm, so right is +x, front +y, head +z."""

import numpy as np
from numpy.typing import NDArray

from .painting import Grid, Measure, Painting, column, ellipsoid

BODY_MM = (158.0, 108.0)
SPINE_Y_MM = -52.0
VERTEBRA_PITCH_MM = 34.0
RIB_PITCH_MM = 27.0
VERTEBRAE = ("vertebra L4", "vertebra L3", "vertebra L2", "vertebra L1", "vertebra T12")


def paint_torso(
    right: Grid, anterior: Grid, superior: Grid, random: np.random.Generator
) -> tuple[Grid, NDArray[np.uint8], dict[int, str]]:
    """Paint the torso on a grid.

    Args:
        right: RAS mm, broadcastable to (k, j, i); likewise `anterior` and `superior`.
        random: Where the warp and the textures come from.

    Returns:
        HU float32 (k, j, i), labels uint8 (k, j, i) and the names of the labels.
    """
    x, y, z = _warped(right, anterior, superior, random)
    painting = Painting(x, y, z, np.full(x.shape, -1000, np.float32), np.zeros(x.shape, np.uint8))
    _paint_wall(painting)
    _paint_chest(painting)
    _paint_gut(painting, random)
    _paint_solid_organs(painting)
    _paint_kidneys(painting)
    _paint_spine(painting)
    _paint_vessels(painting)
    return painting.hu, painting.labels, painting.names


def _warped(
    right: Grid, anterior: Grid, superior: Grid, random: np.random.Generator
) -> tuple[Grid, Grid, Grid]:
    """Return positions moved by a few millimetres of long waves, so that nothing is a textbook."""
    warped: list[Grid] = []
    for own in (right, anterior, superior):
        shift: Grid = np.zeros((1, 1, 1), np.float32)
        for axis in (right, anterior, superior):
            for length_mm, height_mm in ((150, 2.6), (70, 1.3), (37, 0.6)):
                wave = 2 * np.pi * axis / length_mm + random.uniform(0, 2 * np.pi)
                shift = shift + (height_mm * np.sin(wave)).astype(np.float32)
        warped.append(own + shift)
    return warped[0], warped[1], warped[2]


def _body(scale_x: float, scale_y: float) -> Measure:
    """Return the trunk: a rounded rectangle, flatter at the back, wider at the chest."""

    def measure(x: Grid, y: Grid, z: Grid) -> Grid:
        flatter = np.where(y < 0, np.float32(1 / 0.96), np.float32(1.0))
        across = x / (BODY_MM[0] * scale_x * (1 + 0.00035 * z))
        deep = y * flatter / (BODY_MM[1] * scale_y)
        measured: Grid = across**2 + deep**2 - 0.22 * (across * deep) ** 2 - 1
        return measured

    return measure


def _paint_wall(painting: Painting) -> None:
    painting.paint(painting.inside(_body(1.0, 1.0)), 40)
    painting.paint(painting.inside(_body(0.985, 0.98)), -105)
    painting.paint(painting.inside(_body(0.90, 0.86)), 55)
    for side in (-1, 1):
        back_muscle = ellipsoid((side * 33, -78, -10), (27, 20, 320))
        painting.paint(painting.inside(back_muscle), 58)
    painting.paint(painting.inside(_body(0.82, 0.74)), -95)
    _paint_ribs(painting)


def _paint_ribs(painting: Painting) -> None:
    """Paint all ribs at once: a wall shell, cut by planes that fall from the spine to the front."""
    x, y, z = painting.x, painting.y, painting.z
    radius = (
        np.abs(x / (BODY_MM[0] * 0.86)) ** 2.25 + np.abs(y / (BODY_MM[1] * 0.77)) ** 2.15
    ) ** (1 / 2.2)
    from_back = np.arctan2(np.abs(x), -y)
    height = z + 22 * from_back
    across_mm = np.mod(height, RIB_PITCH_MM) - RIB_PITCH_MM / 2
    out_mm = (radius - 1) * 115
    shell = (out_mm / 4.2) ** 2 + (across_mm / 6.5) ** 2
    reach = (height > -4) & (from_back > 0.42) & (from_back < 2.5 + 0.004 * z)
    painting.paint((shell < 1) & reach, 420, "ribs")
    painting.paint((shell < 0.4) & reach, 180, "ribs")


def _paint_chest(painting: Painting) -> None:
    """Paint the lungs above two domes, with bright branches, and the heart between them."""
    cavity = painting.inside(_body(0.80, 0.71))
    for side, top in ((1, 62.0), (-1, 52.0)):
        dome = top - ((painting.x - side * 66) / 78) ** 2 * 62 - ((painting.y - 4) / 78) ** 2 * 58
        where = cavity & (painting.z > dome) & (side * painting.x > 16)
        painting.paint(where, -835, "lungs")
        branches = (
            np.sin(painting.x / 5.1 + painting.z / 11) * np.sin(painting.y / 5.7 - painting.z / 13)
            + np.sin(painting.y / 9 + painting.x / 7) * 0.4
        )
        painting.paint(where & (branches > 1.02), -420, "lungs")
    heart = painting.inside(ellipsoid((-24, 30, 116), (58, 44, 52), tilt=-24))
    painting.paint(heart, 105)
    painting.paint(heart & painting.inside(ellipsoid((-30, 32, 112), (36, 27, 33), tilt=-24)), 190)


def _paint_gut(painting: Painting, random: np.random.Generator) -> None:
    """Paint bowel loops, the colon with gas, and the stomach with a fluid level."""
    cavity = painting.inside(_body(0.78, 0.68)) & (painting.z < -6)
    x, y, z = painting.x, painting.y, painting.z
    phases = random.uniform(0, 2 * np.pi, 3)
    loops = np.sin(x / 8.4 + phases[0]) * np.cos(y / 7.6 + z / 30) + np.sin(
        z / 8.8 + phases[1]
    ) * np.cos(x / 10 - y / 15 + phases[2])
    front = cavity & (y > -14) & (np.abs(x) < 88)
    painting.paint(front & (loops > -0.15), 42)
    painting.paint(front & (loops > 0.75), 18)
    for side in (-1, 1):
        bulge = 1 + 0.13 * np.sin(z / 6.5)
        colon = ((x - side * 103) / 19) ** 2 + ((y - 2) / 22) ** 2 < bulge
        gas = ((x - side * 103) / 14) ** 2 + ((y - 9) / 12) ** 2 < bulge - 0.1
        painting.paint(colon & cavity & (z < -22), 45)
        painting.paint(gas & cavity & (z < -22), -880)
    stomach = painting.inside(ellipsoid((-58, 30, 18), (42, 30, 40), tilt=30))
    inner = painting.inside(ellipsoid((-58, 30, 18), (37, 25, 35), tilt=30))
    painting.paint(stomach, 62, "stomach")
    painting.paint(inner, 14, "stomach")
    painting.paint(inner & (painting.y > 40), -900, "stomach")


def _paint_solid_organs(painting: Painting) -> None:
    right_lobe = ellipsoid((74, 2, 0), (58, 62, 74), tilt=-14)
    left_lobe = ellipsoid((14, 40, 28), (62, 26, 26), tilt=14)
    cavity = painting.inside(_body(0.805, 0.725))
    lung = painting.labels == next(v for v, n in painting.names.items() if n == "lungs")
    liver = (painting.inside(right_lobe) | painting.inside(left_lobe)) & cavity & ~lung
    painting.paint(liver, 112, "liver")
    x, y, z = painting.x, painting.y, painting.z
    branching = np.abs(np.sin((x - 20) / 27 + z / 60)) + np.abs(np.sin((y - 6) / 23 - z / 45))
    painting.paint(liver & (branching < 0.2) & (x < 112), 152, "liver")
    painting.paint(
        painting.inside(ellipsoid((44, 40, -34), (15, 18, 26), tilt=20)), 9, "gallbladder"
    )
    painting.paint(painting.inside(ellipsoid((88, -10, 14), (14, 13, 14))), 62, "liver lesion")
    painting.paint(painting.inside(ellipsoid((88, -10, 14), (6, 6, 7))), 34, "liver lesion")
    spleen = painting.inside(ellipsoid((-97, -28, 26), (30, 38, 46), tilt=-18))
    painting.paint(spleen & cavity, 124, "spleen")
    pancreas = ellipsoid((-18, 6, -2), (46, 11, 12), tilt=-16)
    painting.paint(painting.inside(pancreas) & (painting.labels == 0), 88, "pancreas")


def _paint_kidneys(painting: Painting) -> None:
    """Paint bright cortex, darker pyramids in a ring, and the sinus with fat and the pelvis."""
    for side, name, height in ((1, "right kidney", -38), (-1, "left kidney", -26)):
        centre, tilt = (side * 64.0, -40.0, float(height)), side * 14.0
        hilum = painting.inside(ellipsoid((side * 43, -34, height), (17, 12, 17)))
        fat = painting.inside(ellipsoid(centre, (38, 37, 66), tilt=tilt))
        painting.paint(fat & (painting.labels == 0), -98)
        kidney = painting.inside(ellipsoid(centre, (28, 27, 54), tilt=tilt))
        medulla = painting.inside(ellipsoid(centre, (20, 19, 44), tilt=tilt))
        painting.paint(kidney & ~hilum, 185, name)
        wedges = np.sin(painting.z / 4.6) * np.sin(
            np.arctan2(painting.y + 40, painting.x - side * 64) * 5
        )
        painting.paint(kidney & medulla & ~hilum & (wedges > -0.25), 128, name)
        painting.paint(hilum & kidney, -60)
        painting.paint(painting.inside(ellipsoid((side * 46, -35, height), (9, 6, 9))), 12)


def _paint_spine(painting: Painting) -> None:
    """Paint psoas, discs, vertebral bodies with a hard rim, the canal, arches and processes."""
    x, y, z = painting.x, painting.y, painting.z
    for side in (-1, 1):
        psoas = ((x - side * (38 - 0.12 * z)) / 19) ** 2 + ((y - SPINE_Y_MM - 6) / 20) ** 2
        painting.paint((psoas < 1 - np.clip((z + 10) / 60, 0, 1)) & (z < 50), 60)
    body = column(0, SPINE_Y_MM, (24, 18.5))(x, y, z)
    painting.paint(body < -0.04, 95)
    canal = column(0, SPINE_Y_MM - 24, (10.5, 8))(x, y, z)
    arch = column(0, SPINE_Y_MM - 25, (17, 14))(x, y, z)
    lowest_mm = -2.5 * VERTEBRA_PITCH_MM - 40
    for number in range(9):
        middle = lowest_mm + number * VERTEBRA_PITCH_MM
        name = VERTEBRAE[number] if number < len(VERTEBRAE) else "upper vertebrae"
        up = np.abs(z - middle)
        waist = body + 0.16 * (1 - (up / 13.5) ** 2)
        painting.paint((waist < 0) & (up < 13.5), 460, name)
        painting.paint((waist < -0.22) & (up < 11.2), 205, name)
        painting.paint((arch < 0) & (canal > 0) & (y < SPINE_Y_MM - 13) & (up < 9.5), 400, name)
        low = np.abs(z - middle + 5)
        spinous = (np.abs(x) < 3.6) & (y < SPINE_Y_MM - 30) & (y > SPINE_Y_MM - 46 + 0.3 * low)
        painting.paint(spinous & (low < 10), 330, name)
        transverse = ((y - SPINE_Y_MM + 21) / 6) ** 2 + (up / 7) ** 2 < 1
        painting.paint(transverse & (np.abs(x) > 14) & (np.abs(x) < 44), 330, name)
    painting.paint(canal < 0, 22)
    painting.paint(column(0, SPINE_Y_MM - 24, (6, 4.5))(x, y, z) < 0, 44)


def _paint_vessels(painting: Painting) -> None:
    aorta = painting.inside(column(-11, SPINE_Y_MM + 31, (11.5, 11.5), lean=-0.03))
    wall = painting.inside(column(-11, SPINE_Y_MM + 31, (13, 13), lean=-0.03))
    vein = painting.inside(column(16, SPINE_Y_MM + 33, (13.5, 10), lean=0.02))
    painting.paint(vein & (painting.z < 96), 138, "inferior vena cava")
    painting.paint(wall, 70, "aorta")
    painting.paint(aorta, 178, "aorta")
