"""The mistakes of the stacking chapter, by what they are about."""
