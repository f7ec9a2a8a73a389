"""Scenes whose markups are not what led to the masks: some got lost, some were copied."""

import pytest

from fake_client import FakeClient, FakeClock
from SAMMoESlicerLib.Bridge import PromptRole
from SAMMoESlicerLib.SegmentationSession import SegmentationSession
from session_user import SETTLED_S, click, near
from slicer_scene import SlicerScene, segmentPoints


class Opened:
    """The scene, opened by another session; `lose` happens before the segment is chosen."""

    def __init__(self, slicerScene, folder, lose):
        path = str(folder / "case.mrb")
        assert slicerScene.scene.WriteToMRB(path)
        folder = folder / "opened"
        folder.mkdir()
        self.slicerScene = SlicerScene(folder)
        assert self.slicerScene.scene.ReadFromMRB(path, True)
        self.node = self.slicerScene.first("vtkMRMLSegmentationNode")
        lose(self.slicerScene.scene)
        self.client, self.clock = FakeClient(), FakeClock()
        self.session = SegmentationSession(self.slicerScene.scene, self.client, clock=self.clock)
        self.session.setVolumeNode(self.slicerScene.first("vtkMRMLScalarVolumeNode"))
        (self.segmentId,) = self.node.GetSegmentation().GetSegmentIDs()
        self.session.setSegment(self.node, self.segmentId)
        self.settle()

    def settle(self):
        for _ in range(4):
            self.clock.advance(SETTLED_S)
            self.session.poll()

    @property
    def count(self):
        return len(segmentPoints(self.node, self.segmentId))


@pytest.fixture
def reopen(session, segmentId, segmentationNode, slicerScene, centre, tmp_path):
    """Saves a mask of two clicks and a scribble, and opens it again."""
    click(session, centre)
    click(session, near(centre, 3, 0, 0), PromptRole.NEGATIVE)
    curve = session.beginCurve(isClosed=True, isForeground=True)
    for x, y in ((0, 0), (2, 0), (0, 2)):
        curve.AddControlPointWorld(*near(centre, x, y, 0))
    session.endCurve(curve)
    session.poll()
    session.poll()
    opened = []

    def reopen(lose=lambda scene: None):
        opened.append(Opened(slicerScene, tmp_path, lose))
        return opened[-1]

    yield reopen
    for one in opened:
        one.session.close()
        one.slicerScene.close()


def lists(scene):
    nodes = scene.GetNodesByClass("vtkMRMLMarkupsFiducialNode")
    return [nodes.GetItemAsObject(n) for n in range(nodes.GetNumberOfItems())]


def emptyLists(scene):
    for node in lists(scene):
        node.RemoveAllControlPoints()


def deleteOneList(scene):
    scene.RemoveNode(lists(scene)[1])


def deleteCurve(scene):
    scene.RemoveNode(scene.GetFirstNodeByClass("vtkMRMLMarkupsClosedCurveNode"))


def copyAll(scene):
    """Copy the nodes as the Data module does, and move the copies away."""
    curve = scene.GetFirstNodeByClass("vtkMRMLMarkupsClosedCurveNode")
    for node in (*lists(scene), curve):
        copy = scene.AddNewNodeByClass(node.GetClassName())
        copy.Copy(node)
        copy.SetNthControlPointPositionWorld(0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("lose", [emptyLists, deleteOneList, deleteCurve, copyAll])
def test_a_mask_keeps_the_prompts_of_its_record(session, segmentId, segmentationNode, reopen, lose):
    count = len(segmentPoints(segmentationNode, segmentId))
    opened = reopen(lose)
    assert opened.client.asked == []
    assert opened.count == count
    assert len(opened.session.prompts.clicks) == 2
    assert len(opened.session.prompts.curves) == 1
    opened.session.undo()
    opened.settle()
    opened.session.redo()
    opened.settle()
    assert opened.count == count


def test_a_copy_of_the_markups_stays_as_it_is(reopen):
    opened = reopen(copyAll)
    opened.session.undo()
    opened.session.undo()
    opened.settle()
    scene = opened.slicerScene.scene
    assert len(lists(scene)) == 4
    assert scene.GetNumberOfNodesByClass("vtkMRMLMarkupsClosedCurveNode") == 1


def test_a_click_that_was_waiting_for_its_mask_is_asked_for(session, centre, client, reopen):
    client.holds = True
    click(session, near(centre, 1, 0, 0))
    opened = reopen()
    assert len(opened.session.prompts.clicks) == 3
    assert [len(prompts) for prompts, _ in opened.client.asked] == [4]
    opened.session.undo()
    assert len(opened.session.prompts.clicks) == 2
