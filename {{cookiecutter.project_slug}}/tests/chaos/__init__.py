"""Faults, for real: real servers of the tests' own are killed, filled up and locked (`make chaos`).

Each test looks at what clients get meanwhile, whether what was acknowledged is there afterwards,
and whether the service recovers alone. `docs/operations.md` tells what each fault looks like.
"""
