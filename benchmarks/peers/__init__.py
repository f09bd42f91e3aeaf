"""The same job on others' engines, by the same client on the same machine, in turns."""
