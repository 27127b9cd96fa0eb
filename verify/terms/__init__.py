"""The term language: Booleans, bit-vectors, memory arrays and worlds, built only through smart constructors."""
