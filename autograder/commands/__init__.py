"""The commands of the autograder, one module for each."""
