"""Confirms counterexamples by a compiler: record → text → program → compiler → confirm."""
