"""The demonstration: a real report on real data in one command; see `make demo`."""
