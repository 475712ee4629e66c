"""The figures of `docs/performance.md`: each a ratio to a floor measured in the same run."""
