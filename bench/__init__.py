"""Benchmarks: `python -m bench.run` measures `verify` against the floor and its peers."""
