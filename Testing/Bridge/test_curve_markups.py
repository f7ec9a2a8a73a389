"""Scribbles and lassos as curve nodes, which anybody may edit in the Markups module."""

import pytest

from SAMMoESlicerLib.Bridge.CurveMarkups import CurveMarkups, labelOf

POINTS = ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0), (7.0, 8.0, 9.0))


@pytest.fixture
def curves(slicerScene):
    return CurveMarkups(slicerScene.scene)


@pytest.fixture
def node(curves):
    node = curves.add("liver curve", isClosed=False, label=0)
    for point in POINTS:
        node.AddControlPointWorld(*point)
    curves.number(firstNumber=4)
    return node


def test_a_point_that_is_still_being_placed_is_none_of_the_curve(curves, node):
    before = curves.read(firstNumber=9)
    index = node.AddControlPointWorld(50, 50, 50)
    node.SetNthControlPointPosition(index, 60, 60, 60, node.PositionPreview)
    assert curves.read(firstNumber=9) == before


def test_a_point_without_a_place_is_none_of_the_curve(curves, node):
    node.UnsetNthControlPointPosition(1)
    (curve,) = curves.read(firstNumber=9)
    assert curve.pointsRas == (POINTS[0], POINTS[2])


@pytest.mark.parametrize("text", ["", "x", "-3", "1e9", "NaN"])
def test_a_number_that_cannot_be_read_is_given_anew(curves, node, text):
    node.SetAttribute("SAMMoE.Number", text)
    assert [curve.number for curve in curves.read(firstNumber=9)] == [9]
    curves.number(firstNumber=9)
    assert [curve.number for curve in curves.read(firstNumber=20)] == [9]


@pytest.mark.parametrize(("text", "label"), [("0", 0), ("1", 1), ("x", 1), (None, 1)])
def test_a_label_that_cannot_be_read_is_foreground(node, text, label):
    node.SetAttribute("SAMMoE.Label", text)
    assert labelOf(node) == label
