"""The stages of a training, each one function or class that commands and recipe call."""
