"""`streamer forget`: everything of one tenant, counted and deleted."""
