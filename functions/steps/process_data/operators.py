"""The pipeline's steps as SQL: each is a view over the one before it."""

from progress import PermanentError
from sql.database import Database, quoted, text, told
from sql.expressions import measure, query, scalar
from steps.process_data.pipeline import Classification, Sampling, Step

# The number that a row has among those that come to a step; no column of a client's has so long a name.
_NUMBER = quoted("#" * 129)


def view(engine: Database, number: int, step: Step, source: str) -> str:
    """Make the view of a step over the view `source`; return its name.

    Raises:
        PermanentError: the step names a column that is not there, or computes what has no sense.
    """
    site = f"Step {number + 1} ({step.operator})"
    with told(site):
        return engine.view(f"step_{number}", _sql(site, step, source, list(engine.columns(source)), number))


def needs_all_rows(step: Step) -> bool:
    """Whether a step's result for a row depends on other rows."""
    return bool(step.aggregate or step.sort or step.sql or (step.sample and step.sample.rows))


def changes_count(step: Step) -> bool:
    """Whether fewer or more rows may come out of a step than came in."""
    return bool(step.filter or step.aggregate or step.sql or step.sample)


def _sql(site: str, step: Step, source: str, columns: list[str], number: int) -> str:
    numbered = f"(SELECT *, row_number() OVER () AS {_NUMBER} FROM {source})"
    if step.filter is not None:
        return f"SELECT * FROM {source} WHERE ({scalar(step.filter)})"
    if step.select is not None:
        return f"SELECT {', '.join(map(quoted, step.select))} FROM {source}"
    if step.rename is not None:
        return _renamed(site, step.rename, source, columns)
    if step.derive is not None:
        return _derived({name: scalar(each) for name, each in step.derive.items()}, source, columns)
    if step.classify is not None:
        return _derived({step.classify.column: _label(step.classify)}, source, columns)
    if step.aggregate is not None:
        by = list(map(quoted, step.aggregate.by))
        measures = [f"{measure(each)} AS {quoted(name)}" for name, each in step.aggregate.measures.items()]
        grouped = f" GROUP BY {', '.join(by)} ORDER BY min({_NUMBER})" if by else ""  # as the groups came
        return f"SELECT {', '.join([*by, *measures])} FROM {numbered}{grouped}"
    if step.sort is not None:
        keys = [f"{quoted(key.by)} {'DESC' if key.descending else 'ASC'} NULLS LAST" for key in step.sort]
        return f"SELECT * EXCLUDE ({_NUMBER}) FROM {numbered} ORDER BY {', '.join([*keys, _NUMBER])}"
    if step.sample is not None:
        return _drawn(step.sample, numbered, number)
    return f'WITH "rows" AS (FROM {source}) FROM ({query(step.sql or "")})'


def _renamed(site: str, new: dict[str, str], source: str, columns: list[str]) -> str:
    if unknown := [name for name in new if name not in columns]:
        raise PermanentError(f'{site} names the column "{unknown[0]}", which is not there.')
    names = [new.get(name, name) for name in columns]
    if len({name.lower() for name in names}) < len(names):
        raise PermanentError(f"{site} makes two columns of one name.")
    pairs = zip(columns, names, strict=True)
    return f"SELECT {', '.join(f'{quoted(old)} AS {quoted(name)}' for old, name in pairs)} FROM {source}"


def _derived(derived: dict[str, str], source: str, columns: list[str]) -> str:
    """Compute columns one after the other, as each sees those before it."""
    there, made = {name.lower() for name in columns}, f"FROM {source}"
    for name, sql in derived.items():
        new = f"({sql}) AS {quoted(name)}"
        made = (
            f"SELECT * REPLACE ({new}) FROM ({made})"
            if name.lower() in there
            else f"SELECT *, {new} FROM ({made})"
        )
        there.add(name.lower())
    return made


def _label(spec: Classification) -> str:
    cases = " ".join(f"WHEN ({scalar(rule.when)}) THEN {text(rule.label)}" for rule in spec.rules)
    return f"CASE {cases} ELSE {text(spec.otherwise)} END"


def _drawn(sample: Sampling, numbered: str, number: int) -> str:
    """Draw rows by a hash of their number, in the order that they had."""
    drawn, kept = (
        f"hash({_NUMBER}, {sample.seed}, {number})",
        f"SELECT * EXCLUDE ({_NUMBER}) FROM {numbered} WHERE",
    )
    if sample.rows is None:
        return f"{kept} {drawn} < {round((sample.fraction or 0) * 2**64)}"
    first = f"SELECT {_NUMBER} FROM {numbered} ORDER BY {drawn}, {_NUMBER} LIMIT {sample.rows}"
    return f"{kept} {_NUMBER} IN ({first}) ORDER BY {_NUMBER}"
