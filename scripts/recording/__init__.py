"""The README's pictures of a terminal, made of real runs."""
