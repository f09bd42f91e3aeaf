"""How pages get it: one poller for all of them, boards of what changed, and a server on the loopback."""
