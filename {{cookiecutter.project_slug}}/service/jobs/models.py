"""The model of background jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.database.columns import TimestampedModel, UTCDateTime

MAX_KEY_LENGTH = 200
MAX_ERROR_LENGTH = 500


class Job(TimestampedModel):
    """A call of a registered function, which a worker makes."""

    name: Mapped[str] = mapped_column(String(100))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    # The idempotency key.
    key: Mapped[str | None] = mapped_column(String(MAX_KEY_LENGTH), unique=True)
    # When a worker may take the job. A worker that takes it sets the end of its lease. `None` when
    # the job is done: finished, or failed in all attempts. So the index of the queue does not grow
    # with the jobs that are done.
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # How often a worker has taken the job.
    attempts: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    # When the last attempt failed.
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    # The exception of the attempt that failed last.
    error: Mapped[str | None] = mapped_column(String(MAX_ERROR_LENGTH))


Index(None, Job.due_at, Job.id)
