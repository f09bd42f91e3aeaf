"""The shapes that the report's stages hand to each other."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

LONGEST_PERIOD_DAYS = 366

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Format = Literal["pdf", "csv", "xlsx"]


def _calendar_date(value: object) -> object:
    """Take nothing but `YYYY-MM-DD`: pydantic alone would read timestamps and other ISO forms as dates."""
    if isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value)):
        return value
    raise ValueError("must be a date as YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_calendar_date)]
ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=128)]
FilterValue = Annotated[str, StringConstraints(max_length=128)]
FilterValues = Annotated[list[FilterValue], Field(max_length=100)]


class ReportRequest(BaseModel):
    """Make a report of a period's records: a file, with a link that expires."""

    model_config = ConfigDict(
        defer_build=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "start_date": "2013-01-01",
                    "end_date": "2013-01-31",
                    "format": "pdf",
                    "include_charts": True,
                    "filters": {"origin": "JFK"},
                }
            ]
        },
    )

    start_date: Day = Field(description="the period's first day")
    end_date: Day = Field(description="its last day; 366 days at most")
    format: Format = Field(description="the file's kind")
    report_type: Literal["summary", "detailed"] = Field(
        default="summary", description="`summary` has the ten largest groups only"
    )
    include_charts: bool = Field(default=False, description="charts in `pdf` and `xlsx`")
    filters: dict[ColumnName, FilterValue | FilterValues] = Field(
        default_factory=dict,
        max_length=10,
        description="columns of the records, each with the value or the values to keep",
    )

    @model_validator(mode="after")
    def _period(self) -> Self:
        if self.start_date > self.end_date:
            raise ValueError("start_date must not be after end_date")
        if (self.end_date - self.start_date).days >= LONGEST_PERIOD_DAYS:
            raise ValueError(f"the period must not be longer than {LONGEST_PERIOD_DAYS} days")
        return self

    @property
    def days(self) -> list[date]:
        """Every day of the period, the last included."""
        return [
            self.start_date + timedelta(days=n) for n in range((self.end_date - self.start_date).days + 1)
        ]


class Sums(BaseModel):
    """How many records, and their measure added up exactly."""

    model_config = ConfigDict(defer_build=True)

    records: int = 0
    total: Decimal = Decimal(0)


class Collected(BaseModel):
    """The period's records, as sums by day (`YYYY-MM-DD`) and group."""

    model_config = ConfigDict(defer_build=True)

    request: ReportRequest
    measure: str
    dimension: str
    days: dict[str, dict[str, Sums]] = Field(default_factory=dict)


class DailyRow(Sums):
    """One day of the series."""

    day: date


class GroupRow(Sums):
    """One group of the ranking; `share` is its part of the records, 0-1."""

    name: str
    share: float


class Report(BaseModel):
    """The finished figures. `groups` is ranked by records, largest first."""

    model_config = ConfigDict(defer_build=True)

    measure: str
    dimension: str
    start_date: date
    end_date: date
    report_type: Literal["summary", "detailed"]
    filters: dict[str, str | list[str]]
    generated_at: float
    totals: Sums
    daily: list[DailyRow]
    groups: list[GroupRow]

    @property
    def average(self) -> Decimal:
        """The measure's mean over all records; 0 where there are none."""
        return self.totals.total / self.totals.records if self.totals.records else Decimal(0)


class Rendered(BaseModel):
    """The file, as an object in the data bucket. `size` is in bytes."""

    model_config = ConfigDict(defer_build=True)

    key: str
    format: Format
    size: int
    records: int
