"""`streamer forecast`: what a job will cost and where it will break, read from its state machine.

A pure core: parsed documents go in, data comes out. `command` and `printing` are the shell.
"""
