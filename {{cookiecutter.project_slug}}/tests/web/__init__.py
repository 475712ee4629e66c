"""The tests of `service.web`."""
