"""The catalogue of the stride chapter: a file for each kind of function."""
