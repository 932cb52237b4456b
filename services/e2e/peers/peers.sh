#!/usr/bin/env bash
# Brings the parsers that Courant's is compared with, through the package registries, into .cache/peers.
#
#   peers.sh bare      builds feed-rs with ammonia and prints a line: name, tab, command
#   peers.sh rivals    brings those of other languages and prints a line each
#   peers.sh spacy     installs spaCy with the model that Courant runs and prints a line
#   peers.sh miniflux  builds Miniflux, makes sure of PostgreSQL and prints a line
#
# A peer whose tool chain is missing is left out, with a line on standard error that says what is missing.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../../.." && pwd)
home=${COURANT_CACHE:-$repo/.cache}/peers
mkdir -p "$home"

have() { command -v "$1" >/dev/null 2>&1; }
missing() { echo "peers.sh: $1 is left out: $2 is missing" >&2; }
# peer NAME COMMAND...: the line that the bench reads.
peer() { printf '%s\t%s\n' "$1" "${*:2}"; }

# python FOLDER: installs what its requirements.txt pins.
python() {
  local list=$here/$1/requirements.txt dir
  dir=$home/$1-$(sha256sum "$list" | cut -c 1-12)
  if [[ ! -d $dir ]]; then
    rm -rf "$dir.partial"
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --root-user-action ignore --target "$dir.partial" \
      -r "$list" >&2
    mv "$dir.partial" "$dir"
  fi
  echo "env PYTHONPATH=$dir python3"
}

bare() {
  have cargo || { missing feed-rs+ammonia cargo && return; }
  CARGO_TARGET_DIR=$home/bare cargo build --quiet --release --locked --manifest-path "$here/bare/Cargo.toml" >&2
  peer feed-rs+ammonia "$home/bare/release/bare"
}

gofeed() {
  have go || { missing gofeed go && return; }
  (cd "$here/gofeed" && GOFLAGS=-mod=readonly CGO_ENABLED=0 go build -o "$home/gofeed" .) >&2
  peer gofeed "$home/gofeed"
}

# Go that is older cannot build it, and would look for a newer one outside of the registries.
miniflux() {
  local minor
  minor=$( (have go && go env GOVERSION || true) | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  ((${minor:-0} >= 26)) || { missing Miniflux "Go 1.26 or later" && return; }
  if ! have postgres && ! compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
    ((EUID == 0)) && have apt-get || { missing Miniflux "PostgreSQL" && return; }
    DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >&2
  fi
  (cd "$here/miniflux" && GOFLAGS=-mod=readonly CGO_ENABLED=0 go build -o "$home/miniflux" miniflux.app/v2) >&2
  peer Miniflux "$home/miniflux"
}

rome() {
  have mvn || { missing ROME mvn && return; }
  have javac || { missing ROME "a JDK (javac)" && return; }
  local libs=$home/rome-libs classes=$home/rome-classes
  if [[ ! -d $libs ]]; then
    rm -rf "$libs.partial"
    mvn -q -B -C -f "$here/rome/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$libs.partial" </dev/null >&2
    mv "$libs.partial" "$libs"
  fi
  mkdir -p "$classes"
  javac -cp "$libs/*" -d "$classes" "$here/rome/Peer.java" >&2
  peer ROME java -cp "$classes:$libs/*" Peer
}

case ${1:-} in
  bare) bare ;;
  rivals)
    interpreter=$(python python)
    peer feedparser "$interpreter $here/python/peer.py feedparser"
    peer fastfeedparser "$interpreter $here/python/peer.py fastfeedparser"
    gofeed
    rome
    ;;
  miniflux) miniflux ;;
  spacy)
    # One thread: its arithmetic libraries read their number of threads from the environment.
    interpreter=$(python spacy)
    peer spaCy "env OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 ${interpreter#env } $here/spacy/peer.py"
    ;;
  *)
    sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 64
    ;;
esac
