"""The tests of `service.forms`."""
