"""One module for each command: `fill` adds its arguments, `run` runs it and returns the exit code."""
