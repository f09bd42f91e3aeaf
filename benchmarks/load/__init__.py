"""The same small job, many times at once, on one runner: `python -m benchmarks.load`."""
