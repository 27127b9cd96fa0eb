"""Properties that hold for random programs, random terms and damaged input."""
