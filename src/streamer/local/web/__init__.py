"""HTTP on the runner's event loop: what its AWS endpoint and its workers' Runtime APIs are served with."""
