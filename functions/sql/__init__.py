"""SQL that clients write: checked before there is a job, and run by an engine that is locked besides."""
