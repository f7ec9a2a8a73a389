"""The progress bar of the command line."""

from threading import Event

from command_line import PATIENCE_S
from sammoe.commands.progress_bar import ProgressBar


class _Terminal:
    def __init__(self, *, is_terminal: bool) -> None:
        self.text, self._is_terminal = "", is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def test_the_progress_bar_only_grows_and_is_wiped():
    terminal = _Terminal(is_terminal=True)
    bar = ProgressBar(terminal)
    filled = []
    for stage in ("start", "load", "encode", "something new", "extract", "paste"):
        bar.show(stage)
        filled.append(terminal.text.split("\r")[-2].count("#"))
    bar.clear()
    assert filled == sorted(filled)
    assert filled[-1] > filled[0]
    assert terminal.text.endswith(" \r")


def test_the_bar_goes_on_while_a_stage_takes_its_time():
    terminal, now_s = _Terminal(is_terminal=True), [0.0]
    bar = ProgressBar(terminal, clock=lambda: now_s[0])
    bar.show("load")
    drawn = []
    for now_s[0] in (1.0, 5.0, 35.0, 3600.0):
        bar.draw()
        drawn.append(terminal.text.split("\r")[-2])
    filled = [line.count("#") for line in drawn]
    assert len(set(drawn)) == 4
    assert filled[0] < filled[1] < filled[2] <= filled[3]
    bar.show("volume")
    assert terminal.text.split("\r")[-2].count("#") >= filled[3]


def test_the_bar_draws_itself_until_it_is_left():
    class Watched(_Terminal):
        drawn = Event()

        def write(self, text: str) -> None:
            super().write(text)
            if self.text.count("load") > 2:
                self.drawn.set()

    terminal = Watched(is_terminal=True)
    with ProgressBar(terminal) as bar:
        bar.show("load")
        assert terminal.drawn.wait(PATIENCE_S)
    assert terminal.text.endswith(" \r")


def test_there_is_no_progress_bar_without_a_terminal():
    terminal = _Terminal(is_terminal=False)
    bar = ProgressBar(terminal)
    bar.show("encode")
    bar.clear()
    assert terminal.text == ""
