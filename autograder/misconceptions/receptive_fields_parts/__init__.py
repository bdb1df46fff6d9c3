"""The catalogue of the chapter on receptive fields, a file for each function."""
