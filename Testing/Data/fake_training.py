"""A training that says what a test lets it say."""

import json


class FakeProcess:
    """What `ExpertTraining` needs of a process.

    Attributes:
        isLetGo: It was asked to write its checkpoint and end.
        isCancelled: It was ended at once.
    """

    def __init__(self):
        self.code = None
        self.isLetGo = self.isCancelled = False
        self._lines = []

    def say(self, *lines):
        """Say results, as `--progress json` writes them."""
        self._lines += [json.dumps({"say": line}) for line in lines]

    def step(self, done, total, *, dice, stage="expert liver"):
        """Report a training step."""
        values = {"stage": stage, "done": done, "total": total, "dice": dice, "loss": 0.5}
        self._lines.append(json.dumps(values))

    def complain(self, line):
        """Write a line that is no JSON."""
        self._lines.append(line)

    def end(self, code):
        """End."""
        self.code = code

    def poll(self):
        return self.code is not None

    def newLines(self):
        lines, self._lines = self._lines, []
        return lines

    def letGo(self):
        self.isLetGo = True

    def cancel(self):
        self.isCancelled = True


class FakeTrainings:
    """Starts fakes, and keeps them with their command lines."""

    def __init__(self):
        self.commands, self.processes, self.outputs = [], [], []

    def __call__(self, arguments, output):
        self.commands.append(arguments)
        self.outputs.append(output)
        self.processes.append(FakeProcess())
        return self.processes[-1]

    @property
    def process(self):
        return self.processes[-1]
