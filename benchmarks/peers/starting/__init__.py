"""Starts the engines, one a module; each ends with its block."""
