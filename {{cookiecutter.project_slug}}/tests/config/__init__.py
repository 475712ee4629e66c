"""The tests of `service.config`."""
