"""What all tests share."""

import signal

# A shell that starts them in the background has Ctrl+C ignored, and every process they start would
# ignore it as well.
signal.signal(signal.SIGINT, signal.default_int_handler)
