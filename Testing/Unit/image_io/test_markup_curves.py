"""Curves from Slicer's markups files: both coordinate systems, as Slicer draws them."""

import json

import numpy as np
import pytest

from sammoe import PromptError
from sammoe.image_io import read_curves

CONTROL_POINTS = np.array([(1.0, 2, 3), (10, 4, 3), (12, 9, -2), (3, 8, 1)])


def a_point(position, **fields):
    return {"id": "1", "position": list(position), "positionStatus": "defined", **fields}


def a_markup(kind="Curve", points=CONTROL_POINTS, **fields):
    return {"type": kind, "coordinateSystem": "LPS", **fields,
            "controlPoints": [a_point(point) for point in points]}  # fmt: skip


def written(folder, *markups):
    path = folder / "drawn.mrk.json"
    path.write_text(json.dumps({"@schema": "markups-schema-v1.0.4.json#", "markups": markups}))
    return path


@pytest.mark.parametrize("kind", ["Curve", "ClosedCurve"])
def test_a_curve_passes_through_its_control_points_in_ras(tmp_path, kind):
    lps = read_curves(written(tmp_path, a_markup(kind)))[0]
    ras = read_curves(written(tmp_path, a_markup(kind, coordinateSystem="RAS")))[0]
    assert lps.closed == ras.closed == (kind == "ClosedCurve")
    np.testing.assert_allclose(ras.points_ras[::10], CONTROL_POINTS)
    np.testing.assert_allclose(lps.points_ras, ras.points_ras * (-1, -1, 1))
    assert len(ras.points_ras) == (40 if lps.closed else 31)


def test_a_curve_is_smooth_also_where_a_closed_one_comes_back(tmp_path):
    points = read_curves(written(tmp_path, a_markup("ClosedCurve")))[0].points_ras
    steps = np.diff(np.vstack([points, points[:1]]), axis=0)
    turns = np.linalg.norm(np.roll(steps, -1, axis=0) - steps, axis=1)
    assert turns.max() < 0.3 * np.linalg.norm(steps, axis=1).max()


def test_all_curves_of_a_file_are_read_and_what_was_not_placed_is_left_out(tmp_path):
    half = a_markup(points=CONTROL_POINTS[:2])
    half["controlPoints"].append(a_point((0, 0, 0), positionStatus="undefined"))
    fiducial = a_markup("Fiducial")
    curves = read_curves(written(tmp_path, half, fiducial, a_markup("ClosedCurve")))
    assert [curve.closed for curve in curves] == [False, True]
    np.testing.assert_allclose(curves[0].points_ras[-1], CONTROL_POINTS[1] * (-1, -1, 1))


@pytest.mark.parametrize(
    ("descriptions", "labels"),
    [
        (["", ""], set()),
        (["the background", "objects"], set()),
        (["object [3]", "object"], {1}),
        (["background", ""], {0}),
        (["background", "object"], {0, 1}),
    ],
)
def test_a_curve_tells_what_its_points_say_they_mean(tmp_path, descriptions, labels):
    markup = a_markup(points=CONTROL_POINTS[:2])
    for point, description in zip(markup["controlPoints"], descriptions, strict=True):
        point["description"] = description
    (curve,) = read_curves(written(tmp_path, markup))
    assert curve.labels == labels


def test_a_curve_of_very_many_points_is_straight_between_them(tmp_path):
    many = np.random.default_rng(0).normal(size=(800, 3)).cumsum(axis=0)
    (curve,) = read_curves(written(tmp_path, a_markup(points=many, coordinateSystem="RAS")))
    np.testing.assert_allclose(curve.points_ras, many)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a markups file"),
        ('{"markups": [3]}', "is not a markups file"),
        ('{"markups": []}', "holds nothing but no curve"),
        (json.dumps({"markups": [a_markup("Fiducial")]}), "holds Fiducial but no curve"),
        (json.dumps({"markups": [a_markup(points=[])]}), "no control points"),
        (json.dumps({"markups": [a_markup(points=[("a", 0, 0)])]}), "is not a markups file"),
        (json.dumps({"markups": [a_markup(points=[(1, 2)])]}), "three numbers"),
        (json.dumps({"markups": [a_markup(points=[(1, 2, 10**400)])]}), "is not a markups file"),
        (json.dumps({"markups": [{**a_markup(), "controlPoints": [3]}]}), "is not a markups file"),
        (json.dumps({"markups": [a_markup(points=[(1, 2, float("nan"))])]}), "not finite"),
        (json.dumps({"markups": [a_markup(coordinateSystem="XYZ")]}), "'XYZ', not LPS or RAS"),
    ],
)
def test_what_is_no_file_of_curves_is_refused_and_says_what_to_do(tmp_path, text, message):
    path = tmp_path / "drawn.mrk.json"
    path.write_text(text)
    with pytest.raises(PromptError, match=message) as caught:
        read_curves(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(PromptError, match=r"none\.mrk\.json cannot be read: No such file"):
        read_curves(tmp_path / "none.mrk.json")
