"""What a run was: pure, from a history's events, a state machine and a job's log to what a page shows."""
