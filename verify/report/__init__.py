"""Turns reports into text, tables and JSON: pure functions to strings; nothing here decides anything."""
