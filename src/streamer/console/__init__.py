"""The console: what a run of a job looks like, from what AWS's own APIs tell of it."""
