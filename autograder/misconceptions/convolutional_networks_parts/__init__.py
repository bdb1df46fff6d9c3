"""The mistakes of the chapter on convolutional networks, by what they are made in."""
