"""The catalogue of the padding chapter: sizes, pad2d, and a file for each pass of conv2d."""
