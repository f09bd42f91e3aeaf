"""Write the result as CSV, JSONL or Parquet."""

from jobs.clients import data_bucket, s3
from progress import Progress, step
from sql.database import database, quoted, text, told
from steps.process_data.handovers import Converted, Processed
from steps.process_data.objects import take
from steps.process_data.pipeline import Output, ProcessRequest

_CONTENT = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
_MARK = text("'")  # which spreadsheets do not show
_TEXTS = ("VARCHAR", "JSON", "ENUM", "UUID", "BLOB")


def convert(request: ProcessRequest, processed: Processed, progress: Progress) -> Converted:
    """Write the rows to the job's results."""
    output, count, name = request.output, processed.rows.count, f"result.{request.output.format}"
    with database(progress) as engine, told("Writing the result"):
        table, path = take(processed.rows, engine, progress), engine.new_file()
        columns = ", ".join(_column(column, kind, output) for column, kind in table.columns.items())
        engine.run(
            f"COPY (SELECT {columns} FROM {table.name}) TO {text(path)} (FORMAT {output.format.strip('l')})",
            lambda done: progress.report(0.9 * done, f"Wrote {done * count:,.0f} of {count:,} rows"),
        )
        progress.report(0.9, f"Wrote {count:,} of {count:,} rows")
        key = f"{progress.job.results}{name}"
        properties = {
            "ContentType": _CONTENT.get(output.format, "application/vnd.apache.parquet"),
            "ContentDisposition": f'attachment; filename="{name}"',
        }
        s3().upload_file(str(path), data_bucket(), key, ExtraArgs=properties)
        return Converted(key=key, rows=count, size=path.stat().st_size)


def _column(name: str, kind: str, output: Output) -> str:
    """Return the SQL of a column as the format has it."""
    value, title = quoted(name), name
    nested = kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION"))
    if output.format != "parquet" and kind in {"DOUBLE", "FLOAT"}:
        value = f"CASE WHEN isfinite({value}) THEN {value} END"
    if output.format == "parquet" and kind in {"HUGEINT", "UHUGEINT"}:  # which Parquet would make floats of
        value = f"{value}::DECIMAL(38, 0)"
    if output.format == "csv" and (nested or kind in _TEXTS):
        value = f"to_json({value})::VARCHAR" if nested else f"{value}::VARCHAR"
    if output.safe_cells:  # a text that a spreadsheet would take for a formula; a number is none
        begins = f"({value})[1] IN ('=', '+', '-', '@', chr(9), chr(13))"
        title = f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name
        if nested or kind in _TEXTS:
            formula = f"{begins} AND TRY_CAST({value} AS DOUBLE) IS NULL"
            value = f"CASE WHEN {formula} THEN {_MARK} || {value} ELSE {value} END"
    return f"{value} AS {quoted(title)}"


handler = step(convert)
