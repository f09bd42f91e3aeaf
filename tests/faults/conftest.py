"""The same runner as the e2e tier's."""

from tests.e2e.conftest import connected, jobs, runner, s3

__all__ = ["connected", "jobs", "runner", "s3"]
