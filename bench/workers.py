"""The gunicorn of `serving`, the same for each server: a project's own has threads and more."""

workers = 2
worker_class = "sync"
control_socket_disable = True
