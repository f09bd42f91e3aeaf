"""Hand out a link to the report that opens without credentials, and expires."""

from progress import Progress, step
from steps.generate_report.report import Format, Rendered
from steps.links import Link, sign


class Published(Link):
    """The job's result. `size` is in bytes."""

    records: int
    size: int
    format: Format


def publish(rendered: Rendered, progress: Progress) -> Published:
    """Sign a link to the file."""
    progress.report(0.5, "Signing the link")
    link = sign(rendered.key)
    return Published(
        **link.model_dump(), records=rendered.records, size=rendered.size, format=rendered.format
    )


handler = step(publish)
