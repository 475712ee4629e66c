"""The tests of `service.mail`."""
