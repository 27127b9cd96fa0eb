"""Specs and claims: what is to be proved about the versions, and the obligations that decide it."""
