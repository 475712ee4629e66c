"""The containers of a rendered project, built and run for real: `make test-container`.

It needs a Docker engine and minutes, and so it is no part of `make test`.
"""
