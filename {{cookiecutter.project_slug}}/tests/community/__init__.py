"""The tests of `service.community`."""
