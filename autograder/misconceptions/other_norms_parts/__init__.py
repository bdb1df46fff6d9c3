"""The catalogue of the chapter on layer, instance and group normalization."""
