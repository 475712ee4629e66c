#!/bin/sh
# Prepares and starts the server as the entry point of the `mariadb` image does.
set -eu
if [ ! -d /var/lib/mysql/mysql ]; then
  mariadb-install-db --user=mysql --skip-test-db --auth-root-authentication-method=normal >/dev/null
  mariadbd --user=mysql --skip-networking &
  until mariadb-admin ping --silent; do sleep 0.2; done
  mariadb <<SQL
CREATE DATABASE \`$MARIADB_DATABASE\`;
CREATE USER '$MARIADB_USER'@'%' IDENTIFIED BY '$MARIADB_PASSWORD';
GRANT ALL ON \`$MARIADB_DATABASE\`.* TO '$MARIADB_USER'@'%';
SQL
  mariadb-admin shutdown
  wait
fi
exec mariadbd --user=mysql --bind-address=0.0.0.0 "$@"
