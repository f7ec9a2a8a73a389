"""A torso-like scene: wall, spine, ribs, organs, vessels, bowel, lungs and lesions."""

import numpy as np
from numpy.typing import NDArray

from .canvas import Canvas, Kind, random_path, random_rotation

LEFT, FRONT, UP = np.eye(3)


class Torso:
    """Draws one body; axes are left, front and up, lengths are fractions of the body's radius."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.canvas = Canvas(size, rng)
        self.rng = rng
        self.scale = size * rng.uniform(0.36, 0.75)
        self.width = 1.0
        self.depth = rng.uniform(0.6, 0.85)
        self.centre = size / 2 + size * rng.uniform(-0.2, 0.2, 3)
        self.spine_y = -self.depth * rng.uniform(0.42, 0.55)

    def draw(self) -> Canvas:
        """Draw everything, back to front, and return the canvas."""
        self._wall()
        cavity = self._cavity()
        organs = self._organs(cavity)
        self._bowel(cavity)
        self._vessels()
        self._lesions(organs)
        self._muscles()
        self._spine()
        self._ribs()
        self.canvas.warp(self.rng.uniform(0.3, 2.0))
        return self.canvas

    def place(self, left: float, front: float, up: float) -> NDArray[np.float64]:
        """Return body fractions as voxels (3,)."""
        return self.centre + self.scale * np.array([left, front, up])

    def _body(self) -> tuple[int, ...]:
        """Return every label so far but the background: what an organ may take room from."""
        return tuple(range(1, len(self.canvas.kinds)))

    def _wall(self) -> None:
        rng, canvas = self.rng, self.canvas
        long = 4.0
        thick = rng.uniform(0.03, 0.25)
        for kind, inset in ((Kind.FAT, 0.0), (Kind.MUSCLE, thick)):
            radii = self.scale * np.array([1.0 - inset, self.depth - inset, long])
            self.canvas.blob(self.centre, radii, canvas.new_label(kind), rough=0.02, power=2.4)

    def _cavity(self) -> int:
        label = self.canvas.new_label(Kind.FAT)
        radii = self.scale * np.array([0.7, self.depth * 0.72, 3.5])
        self.canvas.blob(self.place(0, 0.08, 0), radii, label, rough=0.03, power=2.4)
        return label

    def _organs(self, cavity: int) -> list[int]:
        rng, canvas = self.rng, self.canvas
        labels = []
        if rng.random() < 0.6:
            top = rng.uniform(0.1, 0.8)
            for side in (-1, 1):
                label = canvas.new_label(Kind.LUNG)
                radii = self.scale * np.array([0.36, self.depth * 0.7, rng.uniform(0.8, 1.3)])
                centre = self.place(side * 0.38, 0.0, top + 0.9)
                canvas.blob(centre, radii, label, rough=0.06, power=2.3, only=self._body())
                if rng.random() < 0.5:
                    lobe = canvas.new_label(Kind.LUNG)
                    canvas.blob(centre - [0, 0, radii[2] * 0.7], radii, lobe, only=(label,))
        for _ in range(rng.integers(5, 16)):
            label = canvas.new_label(Kind.ORGAN)
            size = self.scale * rng.uniform(0.08, 0.5) * np.exp(rng.normal(0, 0.3, 3))
            centre = self.place(
                rng.uniform(-0.6, 0.6), rng.uniform(-0.4, 0.55) * self.depth, rng.uniform(-1, 1)
            )
            fluid = rng.random() < 0.2
            if fluid:
                canvas.kinds[label] = Kind.FLUID
            canvas.blob(
                centre,
                size,
                label,
                rotation=random_rotation(rng),
                rough=rng.uniform(0.05, 0.35),
                power=rng.uniform(1.8, 3.0),
                only=(cavity,) if rng.random() < 0.6 else self._body(),
            )
            labels.append(label)
        for _ in range(rng.integers(1, 5)):
            label = canvas.new_label(Kind.SHAPE)
            size = self.scale * rng.uniform(0.08, 0.22) * np.array([1, rng.uniform(0.4, 0.9), 0.2])
            where = self.place(rng.uniform(-0.5, 0.5), rng.uniform(-0.3, 0.3), rng.uniform(-1, 1))
            for _ in range(rng.integers(1, 3)):
                canvas.blob(
                    where, size, label, rotation=random_rotation(rng), rough=0.3, only=self._body()
                )
        return labels

    def _bowel(self, cavity: int) -> None:
        rng = self.rng
        for _ in range(rng.integers(0, 4)):
            start = self.place(rng.uniform(-0.5, 0.5), rng.uniform(0, 0.4), rng.uniform(-0.9, 0.5))
            path = random_path(
                rng,
                start,
                rng.standard_normal(3),
                length=self.scale * rng.uniform(0.5, 2),
                bend=0.1,
            )
            radius = self.scale * rng.uniform(0.05, 0.12)
            label = self.canvas.new_label(Kind.BOWEL)
            self.canvas.tube(path, radius, label)

    def _vessels(self) -> None:
        rng = self.rng
        for side in (-1, 1):
            start = self.place(side * rng.uniform(0.04, 0.16), self.spine_y + 0.27, -1.8)
            path = random_path(rng, start, UP, length=self.scale * 3.6, bend=0.01)
            radius = self.scale * rng.uniform(0.05, 0.085)
            label = self.canvas.new_label(Kind.VESSEL)
            self.canvas.tube(path, radius, label)
            if rng.random() < 0.5:
                draw_branches(self.canvas, path, radius, label, count=int(rng.integers(1, 4)))
        for _ in range(rng.integers(0, 3)):
            where = self.place(
                rng.uniform(-0.4, 0.4), rng.uniform(-0.2, 0.4), rng.uniform(-0.9, 0.9)
            )
            draw_tree(self.canvas, where, radius=self.scale * rng.uniform(0.025, 0.06))

    def _lesions(self, organs: list[int]) -> None:
        for organ in organs:
            if self.rng.random() < 0.35:
                draw_lesion(self.canvas, organ)

    def _muscles(self) -> None:
        rng = self.rng
        if rng.random() < 0.2:
            return
        for side in (-1, 1):
            for offset, front, radius in ((0.22, -0.1, 0.15), (0.27, 0.15, 0.1)):
                label = self.canvas.new_label(Kind.MUSCLE)
                centre = self.place(side * offset, self.spine_y + front, rng.uniform(-0.8, 0.3))
                radii = self.scale * radius * np.array([1.0, rng.uniform(0.7, 1.1), 8.0])
                self.canvas.blob(centre, radii, label, rough=0.06, power=2.5, only=self._body())

    def _spine(self) -> None:
        rng = self.rng
        height = rng.uniform(0.16, 0.24)
        body = rng.uniform(0.13, 0.19)
        lean = rng.uniform(-0.1, 0.1)
        up = -2.0 + rng.uniform(0, height)
        arched = rng.random() < 0.85
        while up < 2.0:
            front = self.spine_y + lean * np.sin(up * 2)
            self._vertebra(front, up, body=body, height=height, arched=arched)
            up += height
        label = self.canvas.new_label(Kind.CORD)
        path = np.stack(
            [self.place(0, self._canal(front, body), u) for u in np.linspace(-2, 2, 180)]
        )
        self.canvas.tube(path, self.scale * body * 0.42, label)

    def _canal(self, front: float, body: float) -> float:
        return front - body * 1.25

    def _vertebra(
        self, front: float, up: float, *, body: float, height: float, arched: bool
    ) -> None:
        rng, canvas, s = self.rng, self.canvas, self.scale
        label = canvas.new_label(Kind.VERTEBRA)
        radii = s * np.array([body * 1.15, body * 0.85, height * rng.uniform(0.38, 0.44)])
        if arched:
            ring = s * np.array([body * 0.85, body * 0.75, height * 0.33])
            canvas.blob(self.place(0, self._canal(front, body), up), ring, label, rough=0.08)
            tip = self.place(0, self._canal(front, body) - body * 1.7, up - height * 0.3)
            root = self.place(0, self._canal(front, body) - body * 0.5, up)
            canvas.tube(np.linspace(root, tip, 16), s * 0.045, label, flat=0.6, normal=LEFT)
            for side in (-1, 1):
                root = self.place(side * body * 0.6, self._canal(front, body), up)
                tip = self.place(side * body * 2.0, self._canal(front, body) - body * 0.4, up)
                canvas.tube(np.linspace(root, tip, 16), s * 0.04, label)
        canvas.blob(self.place(0, front, up), radii, label, rough=0.05, power=3.5)

    def _ribs(self) -> None:
        rng = self.rng
        if rng.random() < 0.25:
            return
        gap, up = rng.uniform(0.18, 0.26), rng.uniform(-0.8, 0.4)
        fall, thick = rng.uniform(0.2, 0.6), rng.uniform(0.03, 0.055)
        while up < 2.2:
            reach = rng.uniform(1.6, 2.7)
            for side in (-1, 1):
                label = self.canvas.new_label(Kind.RIB)
                angle = np.linspace(0.25, reach, 140)
                path = np.stack(
                    [
                        side * 0.8 * np.sin(angle),
                        -0.8 * self.depth * np.cos(angle),
                        up - fall * (1 - np.cos(angle)) / 2,
                    ],
                    axis=1,
                )
                out = np.stack([side * np.sin(angle), -np.cos(angle), 0 * angle], axis=1)
                self.canvas.tube(
                    self.centre + self.scale * path,
                    max(self.scale * thick, 1.3),
                    label,
                    flat=rng.uniform(0.5, 0.9),
                    normal=out,
                )
                if rng.random() < 0.2:
                    end = self.centre + self.scale * path[-1]
                    cartilage = self.canvas.new_label(Kind.CARTILAGE)
                    inward = np.array([-side * 0.8, 0.5, 0.4])
                    line = random_path(rng, end, inward, length=self.scale * 0.4, bend=0.02)
                    self.canvas.tube(line, max(self.scale * thick, 1.3), cartilage)
            up += gap


def draw_branches(canvas: Canvas, path: NDArray, radius: float, label: int, *, count: int) -> None:
    """Let `count` thinner tubes of the same label leave a tube."""
    rng = canvas.rng
    for _ in range(count):
        start = path[rng.integers(len(path) // 4, len(path))]
        length = radius * rng.uniform(5, 14)
        branch = random_path(rng, start, rng.standard_normal(3), length=length, bend=0.06)
        taper = np.linspace(0.75, 0.4, len(branch)) * radius
        canvas.tube(branch, np.maximum(taper, 0.9), label)


def draw_tree(canvas: Canvas, start: NDArray, *, radius: float) -> None:
    """Draw a vessel that divides a few times, one label."""
    rng = canvas.rng
    label = canvas.new_label(Kind.VESSEL)
    radius = max(radius, 1.2)
    path = random_path(
        rng, start, rng.standard_normal(3), length=radius * rng.uniform(10, 26), bend=0.05
    )
    canvas.tube(path, radius, label)
    draw_branches(canvas, path, radius, label, count=int(rng.integers(1, 6)))


def draw_lesion(canvas: Canvas, host: int) -> None:
    """Draw a small round structure inside the structure `host`."""
    rng = canvas.rng
    inside = np.argwhere(canvas.labels == host)
    if len(inside) < 300:
        return
    size = len(inside) ** (1 / 3) * rng.uniform(0.12, 0.4)
    radii = np.maximum(size * np.exp(rng.normal(0, 0.25, 3)), 1.6)
    canvas.blob(
        inside[rng.integers(len(inside))],
        radii,
        canvas.new_label(Kind.LESION),
        rotation=random_rotation(rng),
        rough=rng.uniform(0.05, 0.4),
        only=(host,),
    )
