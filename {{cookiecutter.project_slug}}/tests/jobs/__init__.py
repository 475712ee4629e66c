"""The tests of `service.jobs`."""
