"""The tests of `service.bootstrap`."""
