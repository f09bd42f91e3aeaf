"""delay: a job that does nothing for as long as it is told, and says how far it is; for tests and demos."""
