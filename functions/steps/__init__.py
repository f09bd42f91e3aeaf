"""One package per action, one module per stage."""
