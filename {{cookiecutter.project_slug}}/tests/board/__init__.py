"""The tests of `service.board`."""
