"""What a command does to a bundle: stages in a row, then the bundle is written in one step."""
