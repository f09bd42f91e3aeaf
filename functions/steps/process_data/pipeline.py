"""The payload of `process_data`. The router checks it, expressions included, before there is a job."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from steps.origins import Source

MOST_STEPS, MOST_COLUMNS, MOST_EXPRESSIONS = 20, 100, 200
LONGEST_NAME = 128
LARGEST_SAMPLE = 100_000

Format = Literal["csv", "jsonl", "parquet"]


def _is(kind: Literal["scalar", "measure", "query"]) -> AfterValidator:
    """Return the check of SQL, whose parser is imported when the first text is there to be checked."""

    def check(text: str) -> str:
        from sql import expressions  # an echo does not pay for it

        getattr(expressions, kind)(text)
        return text

    return AfterValidator(check)


def _all_different(names: list[str]) -> list[str]:
    if len({name.lower() for name in names}) < len(names):  # SQL does not tell them apart
        raise ValueError("must not name a column twice")
    return names


Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_NAME)]
Names = Annotated[list[Name], Field(min_length=1, max_length=MOST_COLUMNS), AfterValidator(_all_different)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Expression = Annotated[str, _is("scalar")]
Measure = Annotated[str, _is("measure")]
Query = Annotated[str, _is("query")]


class _Strict(BaseModel):
    model_config = ConfigDict(defer_build=True, extra="forbid")


class Output(_Strict):
    """What the result is written as. With `safe_cells` no text of a CSV is a formula to a spreadsheet."""

    format: Format
    safe_cells: bool = False

    @model_validator(mode="after")
    def _csv(self) -> Self:
        if self.safe_cells and self.format != "csv":
            raise ValueError("safe_cells is for csv")
        return self


class Rule(_Strict):
    """A label for the rows for which the expression is true."""

    when: Expression
    label: Label


class Classification(_Strict):
    """The first rule that holds gives the label; `against` is a column with the right ones, to judge by."""

    column: Name
    rules: list[Rule] = Field(min_length=1, max_length=20)
    otherwise: Label
    against: Name | None = None

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.against is not None and self.against.lower() == self.column.lower():
            raise ValueError("column and against must be two columns")
        return self


class Aggregation(_Strict):
    """One row a group: the columns of `by`, and the measures. Without `by`, one row for all."""

    by: Annotated[list[Name], Field(max_length=10), AfterValidator(_all_different)] = Field(
        default_factory=list
    )
    measures: dict[Name, Measure] = Field(min_length=1, max_length=MOST_COLUMNS)

    @model_validator(mode="after")
    def _apart(self) -> Self:
        _all_different([*self.by, *self.measures])
        return self


class SortKey(_Strict):
    """A column to sort by; nulls come last in either direction."""

    by: Name
    descending: bool = False


class Sampling(_Strict):
    """So many rows, or such a fraction (0-1), drawn at random; the same `seed` draws the same rows."""

    rows: int | None = Field(None, ge=1, le=LARGEST_SAMPLE)
    fraction: float | None = Field(None, gt=0, lt=1)
    seed: int = Field(0, ge=0, lt=2**63)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.rows is None) is (self.fraction is None):
            raise ValueError("give either rows or fraction")
        return self


class Step(_Strict):
    """One step of the pipeline: an object with one key, the operator's name."""

    filter: Expression | None = None
    select: Names | None = None
    rename: dict[Name, Name] | None = Field(None, min_length=1, max_length=MOST_COLUMNS)
    derive: dict[Name, Expression] | None = Field(None, min_length=1, max_length=MOST_COLUMNS)
    classify: Classification | None = None
    aggregate: Aggregation | None = None
    sort: list[SortKey] | None = Field(None, min_length=1, max_length=10)
    sample: Sampling | None = None
    sql: Query | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len([name for name in type(self).model_fields if getattr(self, name) is not None]) != 1:
            raise ValueError(f"must have one key of: {', '.join(type(self).model_fields)}")
        return self

    @property
    def operator(self) -> str:
        """The step's one key."""
        return next(name for name in type(self).model_fields if getattr(self, name) is not None)

    @property
    def texts(self) -> list[str]:
        """The step's expressions."""
        rules = [rule.when for rule in self.classify.rules] if self.classify else []
        measures = self.aggregate.measures.values() if self.aggregate else ()
        return [*rules, *measures, *(self.derive or {}).values(), *([self.filter] if self.filter else [])]


class ProcessRequest(_Strict):
    """Pass the rows of a CSV, JSONL or Parquet object through a pipeline of operators."""

    model_config = ConfigDict(
        defer_build=True,
        json_schema_extra={
            "examples": [
                {
                    "source": {"bucket_key": "records/date=2013-01-01/flights.csv"},
                    "format": "csv",
                    "pipeline": [
                        {"filter": "dep_delay > 15 and origin in ('JFK', 'LGA')"},
                        {"derive": {"speed": "round(distance / air_time * 60, 1)"}},
                        {
                            "aggregate": {
                                "by": ["carrier"],
                                "measures": {"flights": "count()", "mean_speed": "avg(speed)"},
                            }
                        },
                        {"sort": [{"by": "flights", "descending": True}]},
                    ],
                    "output": {"format": "csv"},
                }
            ]
        },
    )

    source: Source
    format: Format
    pipeline: list[Step] = Field(min_length=1, max_length=MOST_STEPS)
    output: Output

    @model_validator(mode="after")
    def _affordable(self) -> Self:
        if sum(len(each.texts) for each in self.pipeline) > MOST_EXPRESSIONS:
            raise ValueError(f"the pipeline must not have over {MOST_EXPRESSIONS} expressions")
        if len([each for each in self.pipeline if each.classify and each.classify.against]) > 1:
            raise ValueError("only one classify may have a column `against` which it is judged")
        return self
