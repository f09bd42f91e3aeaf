"""The shapes of a report that wants approval."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from steps.generate_report.report import ReportRequest

User = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class ApprovalRequest(BaseModel):
    """Make a report, and publish it if one of `approvers`, users of your tenant, says so."""

    model_config = ConfigDict(
        defer_build=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "report": {"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "pdf"},
                    "approvers": ["ada", "grace"],
                }
            ]
        },
    )

    report: ReportRequest
    approvers: Annotated[list[User], Field(min_length=1, max_length=20)]
