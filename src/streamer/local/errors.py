"""What a user of the local runner can put right."""


class LocalError(Exception):
    """Something outside the runner is in the way; the message says what to do, in one line."""
