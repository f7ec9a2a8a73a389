from SAMMoESlicerLib.Bridge import Click, PromptState
from SAMMoESlicerLib.PromptHistory import PromptHistory


def state(count):
    return PromptState(tuple(Click(n, 1, (float(n), 0.0, 0.0)) for n in range(1, count + 1)))


def test_undo_stops_at_the_beginning_and_redo_at_the_end():
    history = PromptHistory()
    assert history.undo() == PromptState()
    history.push(state(1))
    assert history.redo() == state(1)
    assert history.undo() == PromptState()
    assert not history.canUndo
    assert history.redo() == state(1)
    assert not history.canRedo


def test_a_push_after_undo_forgets_what_was_undone():
    history = PromptHistory()
    history.push(state(1))
    history.push(state(2))
    history.undo()
    history.push(state(3))
    assert not history.canRedo
    assert history.undo() == state(1)


def test_the_clicks_of_a_reloaded_segment_can_be_undone_one_by_one():
    history = PromptHistory(state(3))
    assert history.current == state(3)
    assert [history.undo() for _ in range(3)] == [state(2), state(1), PromptState()]
    assert not history.canUndo
