#!/bin/sh
# Put new code into the running containers, one after the other, so that one always answers:
# `make rollout`. Where a new container does not work, the old ones stay.
set -eu

all=$(docker compose ps --quiet web)
[ -n "$all" ] || { echo 'Nothing runs yet: make up'; exit 1; }

docker compose build
docker compose run --rm migrate

for old in $all; do
  running=$(docker compose ps --quiet web)
  containers=$(($(echo "$running" | wc -l) + 1))
  docker compose up --detach --no-deps --no-recreate --scale "web=$containers" web
  new=$(docker compose ps --quiet web | grep -vxF "$running")
  state() { docker inspect --format '{{.State.Health.Status}} {{.RestartCount}}' "$new"; }

  # Not `up --wait`: it would wait for the old ones, too, and one of them may be ill.
  while [ "$(state)" = "starting 0" ]; do sleep 1; done
  if [ "$(state)" != "healthy 0" ]; then
    docker logs --tail 20 "$new"
    docker rm --force "$new"
    echo 'The new container does not work: its log is above. The old ones stay.'
    exit 1
  fi
  docker stop "$old"
  docker rm "$old"
done
