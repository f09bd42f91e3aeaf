"""echo_async: a job that gives its payload back; for tests and demos."""
