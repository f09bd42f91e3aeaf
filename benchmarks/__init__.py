"""Figures, and the commands that make them: `make bench`."""
