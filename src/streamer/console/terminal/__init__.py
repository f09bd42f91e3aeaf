"""The commands `streamer inspect` and `streamer watch`."""
