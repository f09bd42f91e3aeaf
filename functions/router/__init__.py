"""The socket's routes: in comes a frame, out goes an answer or an execution."""
