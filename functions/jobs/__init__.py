"""A job's truth, which router and steps share: its row, log, claims, checkpoints and followers."""
