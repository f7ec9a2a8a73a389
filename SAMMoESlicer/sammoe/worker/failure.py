"""An error as it travels: its class by name, and its one-line message."""

from typing import Any

from .. import errors
from ..errors import SAMMoEError, WorkerError


def error_to_body(error: Exception) -> dict[str, Any]:
    """Return the body of a `FAILED` message; what is not ours becomes a `WorkerError`."""
    if not isinstance(error, SAMMoEError):
        name = "OutOfMemoryError" if isinstance(error, MemoryError) else "WorkerError"
        lines = str(error).strip().splitlines() or ["no message"]
        return {"error": name, "message": f"{type(error).__name__}: {lines[0]}"}
    known = (cls.__name__ for cls in type(error).__mro__ if cls.__module__ == errors.__name__)
    return {"error": next(known), "message": str(error)}


def error_from_body(body: dict[str, Any]) -> SAMMoEError:
    """Return the error a `FAILED` message tells of."""
    error_class = getattr(errors, str(body.get("error")), None)
    message = str(body.get("message"))
    if isinstance(error_class, type) and issubclass(error_class, SAMMoEError):
        return error_class(message)
    return WorkerError(message)
