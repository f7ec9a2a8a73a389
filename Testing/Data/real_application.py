"""The running Slicer, with the same face as the layer's `Application`, for the same tests."""

import sys

import slicer

from slicer_scene import SlicerScene

KINDS = ("infoDisplay", "warningDisplay", "errorDisplay")


class RealScene(SlicerScene):
    """Slicer's own scene; its logics are there already."""

    def __init__(self):
        self.scene = slicer.mrmlScene

    def close(self):
        self.scene.Clear(0)


class RealApplication:
    """Drives Slicer as a user does; message boxes are answered instead of shown.

    Attributes:
        messages, answers, shownModules: As the layer's.
    """

    def __init__(self):
        self.app = slicer.app
        self.mainWindow = slicer.util.mainWindow()
        self.mrml = RealScene()
        self.messages, self.answers, self.shownModules = [], [], []
        for name in KINDS:
            kind = name.removesuffix("Display")
            setattr(slicer.util, name, lambda text, *_, k=kind, **__: self._say(k, text))
        for name in ("confirmYesNoDisplay", "confirmOkCancelDisplay"):
            setattr(slicer.util, name, lambda text, *_, **__: self._ask(text))
        self._select = slicer.util.selectModule
        slicer.util.selectModule = self._show_module

    def discover(self, path):
        """Load the module unless Slicer's settings have done so."""
        import qt

        name = path.stem
        if not hasattr(slicer.modules, name.lower()):
            manager = slicer.app.moduleManager().factoryManager()
            manager.registerModule(qt.QFileInfo(str(path)))
            manager.loadModules([name])
        return sys.modules[name]

    def open(self, name):
        self._select(name)
        return getattr(slicer.modules, name.lower()).widgetRepresentation().self()

    def leave(self, name):
        self._select("Data")

    def unload(self, name):
        slicer.util.reloadScriptedModule(name)

    def reset(self):
        slicer.mrmlScene.Clear(0)
        for heard in (self.messages, self.answers, self.shownModules):
            heard.clear()

    def set_theme(self, *, dark):
        """Leave Slicer's theme as it is."""

    def process_events(self):
        slicer.app.processEvents()

    def _show_module(self, name):
        self.shownModules.append(name)
        self._select(name)

    def _say(self, kind, text):
        self.messages.append((kind, text))

    def _ask(self, text):
        self.messages.append(("question", text))
        return self.answers.pop(0) if self.answers else False
