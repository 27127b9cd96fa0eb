"""How much a spec's verdicts say: witnesses, unneeded assumptions, mutants, coverage and repair hints."""
