"""PythonQt's rules on PySide6's classes.

Properties are attributes, keyword arguments and unknown attributes are errors, lists come back as
tuples, enums are ints, and `connect` takes a signature.
"""

import inspect
import sys
import types

# Must be set before the first import of PySide6: enums become ints, as PythonQt's are.
sys.pyside6_option_python_enum = 0x02

from PySide6 import QtCore, QtGui, QtNetwork, QtWidgets  # noqa: E402

_get = QtCore.QObject.__getattribute__
_BUILTIN = (types.BuiltinMethodType, types.MethodWrapperType)
_ALIASES = {"name": "objectName"}
_STANDINS = __name__.rpartition(".")[0]


def apply_rules():
    """Patch PySide6's classes, once a process."""
    QtCore.QObject.__getattribute__ = _getattribute
    meta = type(QtCore.QObject)
    construct = meta.__call__

    def call(cls, *values, **named):
        if named and is_cpp(cls):
            raise ValueError(f"{cls.__name__}: PythonQt takes no keyword arguments ({list(named)})")
        return construct(cls, *values, **named)

    meta.__call__ = call
    for module in (QtCore, QtGui, QtWidgets, QtNetwork):
        for name in dir(module):  # not vars(): PySide6 makes its classes when they are asked for
            cls = getattr(module, name)
            if isinstance(cls, type) and issubclass(cls, QtCore.QObject):
                cls.__setattr__ = _setattribute


def is_cpp(cls):
    """Say whether a class would be a C++ class in Slicer: PySide6's, or one of the stand-ins."""
    return _is_qt(cls) or cls.__module__.startswith(_STANDINS)


def _is_qt(cls):
    return cls.__module__.startswith("PySide6")


def _getattribute(self, name):
    name = _ALIASES.get(name, name)
    if name in ("connect", "disconnect"):
        ours = _connect if name == "connect" else _disconnect
        native = _get(self, name)  # PySide6's signals call it, with sender and receiver
        return lambda *values: ours(self, *values) if len(values) == 2 else native(*values)
    if not name.startswith("__") and _get(self, "metaObject")().indexOfProperty(name) >= 0:
        return plain(_get(self, "property")(name))
    value = _get(self, name)
    if isinstance(value, QtCore.SignalInstance):
        return _Signal(self, name, value)
    if isinstance(value, _BUILTIN) and not name.startswith("__"):
        return _strict_method(value)
    return value


def _setattribute(self, name, value):
    if isinstance(value, QtCore.SignalInstance):  # PySide6 itself, at the first use of a signal
        _get(self, "__dict__")[name] = value
        return
    name = _ALIASES.get(name, name)
    meta = _get(self, "metaObject")()
    index = meta.indexOfProperty(name)
    if index >= 0:
        if not meta.property(index).isWritable():
            raise AttributeError(f"{type(self).__name__}.{name} is read-only")
        if not _get(self, "setProperty")(name, value):
            raise ValueError(f"{type(self).__name__}.{name} does not take {value!r}")
        return
    if is_cpp(type(self)) and not (name.startswith("_") and not _is_qt(type(self))):
        raise AttributeError(f"{type(self).__name__} has no attribute named {name!r}")
    descriptor = inspect.getattr_static(type(self), name, None)
    if hasattr(descriptor, "__set__"):
        descriptor.__set__(self, value)
    else:
        _get(self, "__dict__")[name] = value


def plain(value):
    """Return a value as PythonQt hands it out: tuples for lists."""
    return tuple(value) if isinstance(value, list) else value


def _strict_method(method):
    def call(*values, **named):
        if named:
            raise ValueError(f"{method.__name__}: PythonQt takes no keyword arguments")
        return plain(method(*values))

    return call


class _Signal:
    """A signal as an attribute: `connect`, `disconnect`, and a call emits."""

    def __init__(self, sender, name, signal):
        self._sender, self._name, self._signal = sender, name, signal

    def connect(self, slot):
        return _connect(self._sender, self._name, slot)

    def disconnect(self, slot):
        return _disconnect(self._sender, self._name, slot)

    def __call__(self, *values):
        self._signal.emit(*values)

    emit = __call__


def _connect(sender, signature, slot):
    signal = _find_signal(sender, signature)
    if signal is None:
        print(f"PythonQt: {type(sender).__name__} has no signal {signature!r}", file=sys.stderr)
        return False
    name = signature.split("(")[0]
    wrapped = _with_as_many_arguments_as_wanted(slot, _argument_count(sender, name))
    signal.connect(wrapped)
    _connections(sender).append((name, slot, wrapped))
    return True


def _disconnect(sender, signature, slot):
    name = signature.split("(")[0]
    for entry in list(_connections(sender)):
        if entry[0] == name and entry[1] == slot:
            _find_signal(sender, signature).disconnect(entry[2])
            _connections(sender).remove(entry)
            return True
    return False


_ALL_CONNECTIONS = {}


def _connections(sender):
    key = id(sender)
    if key not in _ALL_CONNECTIONS:
        _ALL_CONNECTIONS[key] = []
        _get(sender, "destroyed").connect(lambda: _ALL_CONNECTIONS.pop(key, None))
    return _ALL_CONNECTIONS[key]


def _find_signal(sender, signature):
    name, _, arguments = signature.partition("(")
    try:
        signal = _get(sender, name)
    except AttributeError:
        return None
    if not isinstance(signal, QtCore.SignalInstance):
        return None
    meta = _get(sender, "metaObject")()
    if not arguments or meta.className().startswith(("qMRML", "ctk", "qSlicer")):
        return signal
    wanted = QtCore.QMetaObject.normalizedSignature(signature).data().decode()
    # A default argument makes a shorter signature: `clicked()` is `clicked(bool)` without it.
    spellings = (wanted, wanted.replace("()", "(bool)"))
    return signal if any(meta.indexOfSignal(spelling) >= 0 for spelling in spellings) else None


def _with_as_many_arguments_as_wanted(slot, sent):
    """Wrap a slot as PythonQt calls it: a function gets at most its own number of arguments.

    PySide6 looks at the number of arguments of what is connected, so the wrapper declares them.
    """
    code = getattr(inspect.unwrap(slot), "__code__", None)
    if code is not None and not code.co_flags & inspect.CO_VARARGS:
        sent = min(sent, code.co_argcount - inspect.ismethod(slot))
    wrappers = (
        lambda: _guarded(slot, ()),
        lambda first: _guarded(slot, (first,)),
        lambda first, second: _guarded(slot, (first, second)),
    )
    return wrappers[sent]


def _argument_count(sender, name):
    meta = _get(sender, "metaObject")()
    methods = (meta.method(index) for index in range(meta.methodCount()))
    return max(m.parameterCount() for m in methods if m.name().data().decode() == name)


def _guarded(slot, values):
    try:
        slot(*values)
    except Exception:  # noqa: BLE001  PythonQt prints what a slot raises; tests hook sys.excepthook
        sys.excepthook(*sys.exc_info())
