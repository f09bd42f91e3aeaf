"""`streamer types`: a project's actions as TypeScript types."""
