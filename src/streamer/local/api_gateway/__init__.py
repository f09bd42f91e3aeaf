"""Stands in for API Gateway: a WebSocket API's handshakes, routes and connections."""
