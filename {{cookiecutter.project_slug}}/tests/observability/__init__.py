"""The tests of `service.observability`."""
