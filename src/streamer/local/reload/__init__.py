"""Takes over what changes while the application runs: functions, state machines, the template."""
