"""The catalogue of the chapter on other convolutions."""
