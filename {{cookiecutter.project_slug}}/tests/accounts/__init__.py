"""The tests of `service.accounts`."""
