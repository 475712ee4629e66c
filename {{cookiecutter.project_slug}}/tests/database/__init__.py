"""The tests of `service.database`."""
