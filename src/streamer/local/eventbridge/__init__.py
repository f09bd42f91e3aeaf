"""Stands in for EventBridge: a bus with rules and schedules."""
