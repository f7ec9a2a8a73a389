"""`slicer.ScriptedLoadableModule`: the base classes of a module's four classes."""

import os
import sys
import types
import unittest


def add_to(slicer):
    """Make the module importable."""
    module = types.ModuleType("slicer.ScriptedLoadableModule")
    names = ("", "Widget", "Logic", "Test")
    module.__all__ = [f"ScriptedLoadableModule{name}" for name in names]
    for name in module.__all__:
        setattr(module, name, globals()[name])
    sys.modules["slicer.ScriptedLoadableModule"] = module
    slicer.ScriptedLoadableModule = module


class ScriptedLoadableModule:
    """Describes a module."""

    def __init__(self, parent):
        import qt
        import slicer

        self.parent = parent
        self.moduleName = type(self).__name__
        icon = self.resourcePath(f"Icons/{self.moduleName}.png")
        if os.path.isfile(icon):
            parent.icon = qt.QIcon(icon)
        slicer.selfTests[self.moduleName] = self.runTest

    def resourcePath(self, filename):
        return os.path.join(os.path.dirname(self.parent.path), "Resources", filename)

    def runTest(self, msec=100, **named):
        test = getattr(sys.modules[type(self).__module__], f"{self.moduleName}Test")()
        test.messageDelay = msec
        test.runTest(**named)


class ScriptedLoadableModuleWidget:
    """The panel of a module."""

    def __init__(self, parent=None):
        import slicer

        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.developerMode = False
        self.parent = parent
        self.layout = parent.layout()
        slicer.app.moduleManager().connect(
            "moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded
        )

    def setup(self):
        pass

    def cleanup(self):
        pass

    def resourcePath(self, filename):
        import slicer

        return os.path.join(
            os.path.dirname(slicer.util.modulePath(self.moduleName)), "Resources", filename
        )

    def _onModuleAboutToBeUnloaded(self, moduleName):
        import slicer

        if moduleName == self.moduleName:
            self.cleanup()
            slicer.app.moduleManager().disconnect(
                "moduleAboutToBeUnloaded(QString)", self._onModuleAboutToBeUnloaded
            )


class ScriptedLoadableModuleLogic:
    """What a module computes."""

    def __init__(self, parent=None):
        self.moduleName = type(self).__name__.removesuffix("Logic")
        self.isSingletonParameterNode = True

    def getParameterNode(self):
        import slicer

        scene, className = slicer.mrmlScene, "vtkMRMLScriptedModuleNode"
        node = scene.GetSingletonNode(self.moduleName, className)
        if node is None:
            node = scene.CreateNodeByClass(className)
            node.UnRegister(None)
            node.SetSingletonTag(self.moduleName)
            node.SetModuleName(self.moduleName)
            node.SetNodeReferenceID("ModuleName", None)
            node.SetName(self.moduleName)
            node = scene.AddNode(node)
        node.SetAttribute("ModuleName", self.moduleName)
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """The self test of a module."""

    def __init__(self, *values, **named):
        super().__init__(*values, **named)
        self.messageDelay = 0

    def runTest(self):
        pass

    def delayDisplay(self, message, requestedDelay=None, msec=None):
        pass
