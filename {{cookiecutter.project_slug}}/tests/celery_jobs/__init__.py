"""The tests of `service.celery_jobs`."""
