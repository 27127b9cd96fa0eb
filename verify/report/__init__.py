"""Turns reports into text, tables and JSON.  Pure functions from `SpecReport` to strings; nothing here decides anything."""
