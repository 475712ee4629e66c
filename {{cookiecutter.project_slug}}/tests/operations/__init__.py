"""The tests of `service.operations`."""
