"""Fault injection (`make chaos`): servers are killed, databases are locked, disks are full.

Each test checks the responses during the fault, that no acknowledged post is lost, and that the
service recovers without a restart. `docs/operations.md` describes the faults.
"""
