"""What a client of Streamer must show, whatever the network does: scripts, and the server that plays them.

See README.md in this folder.
"""
