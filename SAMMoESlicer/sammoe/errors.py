"""The errors a caller can handle, each with a message that says what to do."""


class SAMMoEError(Exception):
    """Root of every error this library raises on purpose."""


class GeometryError(SAMMoEError):
    """A volume, a matrix or a region does not describe a place one can segment."""


class PromptError(SAMMoEError):
    """A prompt is malformed, outside the volume, or of a kind the model cannot take."""


class CheckpointError(SAMMoEError):
    """A bundle or a weights file is unreadable, incomplete, altered or of another kind."""


class DownloadError(SAMMoEError):
    """A file could not be downloaded: the line, the server, what it sent, or a full disk."""


class ProtocolError(SAMMoEError):
    """A frame between client and worker is malformed or of another protocol version."""


class WorkerError(SAMMoEError):
    """The background process could not start, died, or failed on a request."""


class OutOfMemoryError(WorkerError):
    """No device had the memory the request needs, the CPU included."""
