#!/bin/sh
# Prepares and starts the server as the entry point of the `postgres` image does.
set -eu
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
if [ ! -e "$PGDATA/PG_VERSION" ]; then
  chown postgres "$PGDATA" && chmod 700 "$PGDATA"
  echo "$POSTGRES_PASSWORD" > /tmp/password && chmod 644 /tmp/password
  as_postgres initdb --username=postgres --pwfile=/tmp/password --locale=C.UTF-8 \
    --auth-local=trust --auth-host=scram-sha-256 >/dev/null
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  as_postgres pg_ctl --options="-c listen_addresses=''" --wait start >/dev/null
  for file in /docker-entrypoint-initdb.d/*.sql; do
    psql --set=ON_ERROR_STOP=1 --username=postgres --file="$file"
  done
  as_postgres pg_ctl --mode=fast --wait stop >/dev/null
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups postgres -c listen_addresses='*'
