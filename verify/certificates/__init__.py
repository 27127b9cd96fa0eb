"""Certificates: evidence for each proved claim that can be checked without any of the solvers."""
