"""process_data: rows of a CSV, JSONL or Parquet object pass a pipeline, in an engine behind two walls."""
