"""The tests of `service.core`."""
