"""The tests of `service.members`."""
