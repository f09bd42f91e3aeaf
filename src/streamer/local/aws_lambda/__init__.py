"""Stands in for Lambda: functions in worker processes, behind AWS's own runtime client."""
