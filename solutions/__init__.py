"""The reference implementations, one module for each chapter."""
