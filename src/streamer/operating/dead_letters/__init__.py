"""`streamer dead-letters`: events that nobody took, explained and handed back."""
