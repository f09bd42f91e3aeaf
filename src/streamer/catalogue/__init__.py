"""What a project offers: its actions with payloads, estimates and stages. `streamer actions` shows it."""
