#!/usr/bin/env bash
# Makes sure that what building and testing Courant needs is there. Quick and silent when it is.
#
# As root on Debian it installs the missing packages by apt-get; elsewhere it names them.
# Exit: 69 when something is missing that it cannot install.
set -euo pipefail

packages=()
missing=()

have() { command -v "$1" >/dev/null 2>&1; }
need() { have "$1" || packages+=("$2"); }

# C tool chain and headers: librdkafka, zstd and zlib are built from their bundled sources, OpenSSL is the system's.
need gcc gcc
need g++ g++
need make make
need pkg-config pkg-config
[[ -e /usr/include/openssl/ssl.h ]] || { have pkg-config && pkg-config --exists openssl; } || packages+=(libssl-dev)
[[ -e /usr/include/zlib.h ]] || { have pkg-config && pkg-config --exists zlib; } || packages+=(zlib1g-dev)

# Apache Kafka for the end-to-end tests.
java_major() { "$1" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1; }
java=java
if [[ -n ${JAVA_HOME:-} && -x $JAVA_HOME/bin/java ]]; then java=$JAVA_HOME/bin/java; fi
have "$java" || packages+=(openjdk-17-jre-headless)
need mvn maven

# Checks of deploy/ and helm/.
need python3 python3
if have python3; then python3 -m pip --version >/dev/null 2>&1 || packages+=(python3-pip); fi
need flock util-linux

if ((${#packages[@]})); then
  if have apt-get && ((EUID == 0)); then
    echo "setup: installing ${packages[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >&2
  else
    missing+=("packages: apt-get install ${packages[*]} (as root; or their like elsewhere)")
  fi
fi

# What Debian does not carry in the version that is needed.
have cargo || missing+=("cargo: install Rust by rustup; rust-toolchain.toml names the version")
if have "$java" && (($(java_major "$java") < 17)); then missing+=("Java 17 or later: apt-get install openjdk-17-jre-headless"); fi
go_minor=$( (have go && go env GOVERSION || true) | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
((${go_minor:-0} >= 21)) || missing+=("Go 1.21 or later: it builds helm, kubeconform and promtool for the checks of the chart")

if ((${#missing[@]})); then
  printf 'setup: missing %s\n' "${missing[@]}" >&2
  exit 69
fi
