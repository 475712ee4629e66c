"""The tests of `service.search`."""
