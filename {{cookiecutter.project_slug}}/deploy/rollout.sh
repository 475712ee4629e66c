#!/bin/sh
# Deploy new code to the running containers, one after the other, without downtime: `make rollout`.
# If a new container does not become healthy, the old ones keep running.
set -eu

all=$(docker compose ps --quiet web)
[ -n "$all" ] || { echo 'No container is running. Start them: make up'; exit 1; }

docker compose build
docker compose run --rm migrate

for old in $all; do
  running=$(docker compose ps --quiet web)
  containers=$(($(echo "$running" | wc -l) + 1))
  docker compose up --detach --no-deps --no-recreate --scale "web=$containers" web
  new=$(docker compose ps --quiet web | grep -vxF "$running")
  state() { docker inspect --format '{{.State.Health.Status}} {{.RestartCount}}' "$new"; }

  # `up --wait` would also wait for the old containers, one of which may be unhealthy.
  while [ "$(state)" = "starting 0" ]; do sleep 1; done
  if [ "$(state)" != "healthy 0" ]; then
    docker logs --tail 20 "$new"
    docker rm --force "$new"
    echo 'The new container is unhealthy; its log is above. The old containers keep running.'
    exit 1
  fi
  docker stop "$old"
  docker rm "$old"
done
# The new worker also runs the jobs that old containers have enqueued.  # [template] if auth or celery
docker compose up --detach --no-deps work  # [template] if auth and not celery
docker compose up --detach --no-deps worker beat  # [template] if celery
