"""The catalogue of the convolution chapter, a file for each function."""
