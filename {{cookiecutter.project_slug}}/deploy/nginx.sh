#!/bin/sh
# Start nginx with what depends on its container: the DNS server, which has another address in Podman
# than in Docker, and IPv6, without which nginx would not start if it were configured.
set -eu

# Like other programs, use the first server. nginx expects an IPv6 address in brackets.
server=$(awk '$1 == "nameserver" { print ($2 ~ /:/) ? "[" $2 "]" : $2; exit }' /etc/resolv.conf)
echo "resolver $server valid=1s;" > /tmp/resolver.conf

echo "listen 8080;" > /tmp/listen.conf
if [ -e /proc/net/if_inet6 ]; then echo "listen [::]:8080;" >> /tmp/listen.conf; fi

exec nginx -e stderr
