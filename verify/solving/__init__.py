"""Solvers behind one narrow interface, and the decision of obligations."""
