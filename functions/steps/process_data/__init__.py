"""process_data: rows of a CSV or JSONL object pass a pipeline, in parts, so that memory stays flat."""
