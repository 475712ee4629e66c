"""Tests that build and run the containers of rendered projects: `make test-container`.

They are not part of `make test`, because they need a Docker engine and take minutes.
"""
