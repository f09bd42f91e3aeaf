"""`streamer new-action`: from a name and its stages to an action that runs, with its tests."""
