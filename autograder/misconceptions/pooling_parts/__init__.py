"""The catalogue of the pooling chapter, a file for each kind of pooling and pass."""
