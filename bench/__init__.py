"""Measures the figures in `docs/performance.md`, each a ratio to a baseline of the same run."""
