"""The catalogue of the chapter on batch normalization at test time."""
