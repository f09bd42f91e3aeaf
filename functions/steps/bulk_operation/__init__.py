"""bulk_operation: one operation on many records, in batches side by side; every item's end is named."""
