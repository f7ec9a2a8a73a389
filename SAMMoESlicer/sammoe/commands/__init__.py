"""The commands of `sammoe`: each module has `add_arguments(parser)` and `run(arguments)`."""
