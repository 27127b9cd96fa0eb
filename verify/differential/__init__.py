"""Differential tests: random C of the subset through a real compiler and through the tool's evaluators."""
