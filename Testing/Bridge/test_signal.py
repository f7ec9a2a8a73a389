from SAMMoESlicerLib.Signal import Signal


def test_slots_are_called_once_each_in_the_order_of_connecting():
    calls, signal = [], Signal()

    def first(value):
        calls.append(("first", value))

    signal.connect(first)
    signal.connect(lambda value: calls.append(("second", value)))
    signal.connect(first)
    signal.emit(3)
    assert calls == [("first", 3), ("second", 3)]


def test_a_slot_may_disconnect_itself_while_it_is_called():
    calls, signal = [], Signal()

    def once():
        calls.append(1)
        signal.disconnect(once)

    signal.connect(once)
    signal.emit()
    signal.emit()
    signal.disconnect(once)
    assert calls == [1]
