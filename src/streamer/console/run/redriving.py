"""Whether a job can be redriven, and if not, why not. Pure."""

from streamer.console.run.visits import End


def why_not(status: str, end: End | None) -> str | None:
    """Return why a job that ended badly cannot be redriven, "" where it can be, None where nobody would."""
    if status == "CANCELLED":
        return "A cancelled job stays cancelled."
    if status != "FAILED":
        return None
    if end is None:
        return "Step Functions knows no ended execution of this job."
    if end.redrive == "REDRIVABLE":
        return ""
    return end.redrive_reason or "What stands for AWS here redrives no executions."
