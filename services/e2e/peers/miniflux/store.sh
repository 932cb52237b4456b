#!/usr/bin/env bash
# A PostgreSQL server for Miniflux, reached by a socket in FOLDER alone, with its default settings.
#
#   store.sh start FOLDER   starts it, with an empty database "miniflux", and prints the number of its process
#   store.sh stop FOLDER    ends it
set -euo pipefail

verb=${1:?start or stop} folder=${2:?a folder}
[[ $folder == /* ]] || { echo "store.sh: the folder's path must be absolute" >&2; exit 64; }
# Debian keeps the programs of each version apart and off the path.
programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[[ -z $programs ]] || PATH=$programs:$PATH

# PostgreSQL refuses to run as root.
as_owner() { if ((EUID == 0)); then runuser -u postgres -- env "PATH=$PATH" "$@"; else "$@"; fi; }

case $verb in
  start)
    mkdir -p "$folder"
    if ((EUID == 0)); then chown postgres "$folder"; fi
    cd "$folder"
    as_owner initdb --pgdata="$folder/data" --auth=trust --username=miniflux >&2
    as_owner pg_ctl --pgdata="$folder/data" --log="$folder/log" --wait \
      --options="-c listen_addresses='' -c unix_socket_directories='$folder'" start >&2
    as_owner createdb --host="$folder" --username=miniflux miniflux >&2
    head -n 1 "$folder/data/postmaster.pid"
    ;;
  stop)
    cd "$folder"
    as_owner pg_ctl --pgdata="$folder/data" --mode=immediate --wait stop >&2
    ;;
  *)
    echo "store.sh: neither start nor stop" >&2
    exit 64
    ;;
esac
