"""The application: its scene, main window, settings, modules, and what its user would answer."""

import importlib.util
import os
import shutil
import sys
import types
from pathlib import Path

from slicer_scene import SlicerScene

from .look import palette
from .module_objects import Module, ModuleManager, ModuleWidgetParent, SegmentEditorModule


class Application:
    """What a test holds of 'Slicer'.

    Attributes:
        messages: (kind, text) of every message box, in order.
        answers: What the user says to the next yes/no questions; no when empty.
        views: The slice views of the layout.
        shownModules: Names given to `slicer.util.selectModule`.
    """

    def __init__(self, folder):
        from PySide6 import QtWidgets

        self.qapp = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["Slicer"])
        self.qapp.setStyle("Fusion")
        self.folder = Path(folder)
        self.mrml = SlicerScene(folder)
        self.messages, self.answers, self.shownModules = [], [], []
        self.views = []
        self.app = App(self)
        self.mainWindow = None
        self._slicer = None

    def add_to(self, slicer):
        """Set `slicer.app`, `slicer.mrmlScene`, `slicer.modules` and parts of `slicer.util`."""
        self._slicer = slicer
        slicer.app, slicer.mrmlScene = self.app, self.mrml.scene
        slicer.modules = types.SimpleNamespace()
        slicer.selfTests = {}
        self._open_window()
        util = slicer.util
        util.mainWindow = lambda: self.mainWindow
        util.selectModule = self._show_module
        slicer.modules.segmenteditor = SegmentEditorModule()
        util.setSliceViewerLayers = lambda *values, **named: None
        util.resetSliceViews = lambda: None
        util.loadVolume = self.mrml.loadVolume
        for kind in ("info", "warning", "error"):
            setattr(util, f"{kind}Display", lambda text, *_, k=kind, **__: self._say(k, text))
        for kind in ("OkCancel", "YesNo"):
            setattr(util, f"confirm{kind}Display", lambda text, *_, **__: self._ask(text))
        util.settingsValue = lambda key, default, converter=lambda v: v, settings=None: default
        util.modulePath = lambda name: getattr(slicer.modules, name.lower()).path

    def _open_window(self):
        """A window of its own for each test: one that was hidden gets the keyboard no more."""
        import qt

        self.mainWindow = qt.QMainWindow()
        self.mainWindow.setObjectName("qSlicerMainWindow")

    def _show_module(self, name):
        """Leave the module that is shown, as a click in Slicer's module list does."""
        self.shownModules.append(name)
        for module in list(vars(self._slicer.modules).values()):
            widget = module.widget if isinstance(module, Module) else None
            if widget is not None and widget.parent.isEntered and widget.moduleName != name:
                self.leave(widget.moduleName)

    def _say(self, kind, text):
        self.messages.append((kind, text))

    def _ask(self, text):
        self.messages.append(("question", text))
        return self.answers.pop(0) if self.answers else False

    def discover(self, path):
        """Load a scripted module as Slicer's factory does at start; returns the Python module."""
        path = Path(path)
        name = path.stem
        if str(path.parent) not in sys.path:
            sys.path.insert(0, str(path.parent))
        spec = importlib.util.spec_from_file_location(name, path)
        python = importlib.util.module_from_spec(spec)
        sys.modules[name] = python
        spec.loader.exec_module(python)
        module = Module(str(path), python)
        setattr(self._slicer.modules, name.lower(), module)
        module.instance = getattr(python, name)(module)
        self.app.emit("startupCompleted()")
        return python

    def open(self, name):
        """Show a module's panel, as the user does by choosing it; returns its Python widget."""
        module = getattr(self._slicer.modules, name.lower())
        if module.widget is None:
            parent = ModuleWidgetParent()
            parent.setMRMLScene(self._slicer.mrmlScene)
            module.widget = getattr(module.python, f"{name}Widget")(parent)
            setattr(self._slicer.modules, f"{name}Widget", module.widget)
            module.widget.setup()
        if not module.widget.parent.isEntered:
            module.widget.parent._entered = True
            module.widget.enter()
        return module.widget

    def leave(self, name):
        """Show another module."""
        widget = getattr(self._slicer.modules, name.lower()).widget
        widget.parent._entered = False
        widget.exit()

    def unload(self, name):
        """As Slicer does when it closes."""
        self.app.moduleManager().emit("moduleAboutToBeUnloaded(QString)", name)
        module = getattr(self._slicer.modules, name.lower())
        if module.widget is not None:
            module.widget.parent.deleteLater()
            module.widget = None

    def process_events(self):
        self.qapp.processEvents()

    def reset(self):
        """Begin a test: an empty scene, nothing said, nothing answered, no settings."""
        self.mrml.scene.Clear(0)
        self._open_window()
        for heard in (self.messages, self.answers, self.shownModules):
            heard.clear()
        settings = Path(self.app.slicerUserSettingsFilePath)
        settings.unlink(missing_ok=True)
        shutil.rmtree(settings.parent / "SAMMoE" / "Training", ignore_errors=True)

    def set_theme(self, *, dark):
        """Dress the application as Slicer's light or dark style does."""
        self.qapp.setPalette(palette(dark=dark))


class LayoutManager:
    """`slicer.app.layoutManager()`, as far as it leads to the views' interactors."""

    threeDViewCount = 0

    def __init__(self, views):
        self._views = {view.node.GetName(): view for view in views}

    def sliceViewNames(self):
        return tuple(self._views)

    def sliceWidget(self, name):
        view = self._views[name]
        sliceView = types.SimpleNamespace(interactor=lambda: view.interactor)
        return types.SimpleNamespace(sliceView=lambda: sliceView, mrmlSliceNode=lambda: view.node)


class App:
    """`slicer.app`."""

    applicationName = "Slicer"
    majorVersion, minorVersion = 5, 12

    def __init__(self, application):
        self._application = application
        self._slots = {}
        self._modules = ModuleManager()
        self.temporaryPath = str(application.folder / "temporary")
        self.cachePath = str(application.folder / "cache")
        self.slicerUserSettingsFilePath = str(application.folder / "Slicer.ini")
        self.palette = application.qapp.palette

    def connect(self, signature, slot):
        self._slots.setdefault(signature, []).append(slot)
        return True

    def disconnect(self, signature, slot):
        if slot in self._slots.get(signature, []):
            self._slots[signature].remove(slot)
        return True

    def emit(self, signature):
        for slot in list(self._slots.get(signature, [])):
            slot()

    def applicationLogic(self):
        return self._application.mrml.applicationLogic

    def moduleManager(self):
        return self._modules

    def userSettings(self):
        import qt

        return qt.QSettings(self.slicerUserSettingsFilePath, qt.QSettings.IniFormat)

    settings = userSettings

    def startupEnvironment(self):
        """Return what the application was started with, before its launcher added to it."""
        values = {name: text for name, text in os.environ.items() if name != "PYTHONHOME"}
        return types.SimpleNamespace(keys=lambda: tuple(values), value=values.get)

    def testingEnabled(self):
        return False

    def layoutManager(self):
        return LayoutManager(self._application.views)

    def translate(self, context, text):
        return text
