"""The catalogue of the chapter gradients: a file for each layer, and one for measuring."""
