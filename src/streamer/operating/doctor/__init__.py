"""`streamer doctor`: what ails a stack, by calls that only read; a module a subject."""
