"""Long-running actions over one WebSocket: client, command line, local runner."""
