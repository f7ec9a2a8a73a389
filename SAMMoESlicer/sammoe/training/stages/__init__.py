"""The stages of a training, each one function that the commands and the recipe call."""
