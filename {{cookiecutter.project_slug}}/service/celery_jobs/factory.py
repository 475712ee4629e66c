"""Create the Celery application (Flask documentation, "Background Tasks with Celery")."""

from typing import Any

from celery import Celery, Task
from flask import Flask

RELAY_SECONDS = 2
# A relay that has waited longer in the queue is dropped: workers are still busy with earlier jobs.
RELAY_EXPIRES_SECONDS = 10
BROKER_TIMEOUT_SECONDS = 10


def celery_init_app(app: Flask) -> Celery:
    """Create the Celery application; its tasks run in an application context of the service."""

    class FlaskTask(Task):
        """A task that runs in an application context."""

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            """Run the task."""
            with app.app_context():
                return self.run(*args, **kwargs)

    celery_app = Celery(app.name, task_cls=FlaskTask)
    celery_app.config_from_object(celery_config(app.config["CELERY_BROKER_URL"]))
    celery_app.set_default()
    app.extensions["celery"] = celery_app
    return celery_app


def celery_config(broker_url: str) -> dict[str, Any]:
    """Return the configuration of Celery."""
    return {
        "broker_url": broker_url,
        "broker_connection_max_retries": None,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            "socket_connect_timeout": BROKER_TIMEOUT_SECONDS,
            "socket_timeout": BROKER_TIMEOUT_SECONDS,
        },
        "imports": ["service.celery_jobs.tasks"],
        "task_ignore_result": True,
        # Jobs mostly wait for servers. All threads of a process share its metrics.
        "worker_pool": "threads",
        "worker_concurrency": 4,
        "worker_prefetch_multiplier": 1,
        "worker_redirect_stdouts": False,
        # Beat needs no file for its schedule: the table of jobs says which jobs are due.
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_schedule": {
            "relay": {
                "task": "service.celery_jobs.tasks.relay_jobs",
                "schedule": RELAY_SECONDS,
                "options": {"expires": RELAY_EXPIRES_SECONDS},
            }
        },
    }
