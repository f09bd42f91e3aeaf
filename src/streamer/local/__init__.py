"""`streamer dev`: a SAM template's WebSocket API, functions, state machines and storage on one machine."""
