"""The tests of `service.worker`."""
