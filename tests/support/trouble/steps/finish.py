"""The last stage of `trouble`."""

from typing import Any

from steps.trouble.work import Worked

from progress import Progress, step


def finish(worked: Worked, progress: Progress) -> dict[str, Any]:
    """Return what was done, and whose job it was."""
    return {"done": worked.done, "tenant": progress.job.tenant, "metadata": progress.job.metadata}


handler = step(finish)
