#!/usr/bin/env bash
# One Apache Kafka node (KRaft, broker and controller in one) for tests and for a look by hand.
#
#   kafka.sh fetch                     bring the jars of the release named in pom.xml, checked by checksums.sha256
#   kafka.sh start --dir DIR [OPTION]  start a node in the background; print HOST:PORT once it answers
#   kafka.sh run   --dir DIR [OPTION]  the same in the foreground; SIGTERM or SIGINT stops the node
#   kafka.sh stop  --dir DIR [--purge] stop it (again is no error); --purge deletes DIR
#   kafka.sh status --dir DIR          print HOST:PORT of a node that runs and is ready, else exit 1
#   kafka.sh classpath                 print the fetched jars, for Kafka's own tools
#   kafka.sh bless                     write checksums.sha256 anew, after pom.xml changed
#
# Options of start and run:
#   --port PORT           listen here; otherwise a free port is chosen, and kept when DIR is started again
#   --set KEY=VALUE       a broker setting over those below, any number of times; read when DIR is new
#   --join DIR            be a further broker of the node in that DIR (which then wants --set offsets.topic.replication.factor=3
#                         and transaction.state.log.replication.factor=3)
#   --proxied PORT        listen on one more port, for a proxy at PORT to lead to: whoever comes by it is told PORT as the node's address;
#                         read when DIR is new
#   --until-stdin-closes  (run) stop also when standard input ends, so that a killed parent leaves no node behind
#
# DIR holds server.properties, data/, kafka.log, pid and broker.env (BOOTSTRAP=127.0.0.1:PORT, once ready, and where --proxied was given
# BEHIND_PROXY=127.0.0.1:PORT, to which the proxy is to lead).
# Environment: COURANT_CACHE (default: .cache of the repository), KAFKA_JVM_OPTS (added last, so they win).
# Exit: 64 wrong usage, 69 a tool is missing, 1 anything else.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${COURANT_CACHE:-$here/../../.cache}
version=$(sed -n 's:.*<kafka\.version>\(.*\)</kafka\.version>.*:\1:p' "$here/pom.xml")
home=$cache/kafka-$version
checksums=$here/checksums.sha256
ready_within=90 # seconds; a start takes about three on an idle machine
stop_within=20  # seconds between SIGTERM and SIGKILL

fail() {
  local code=$1
  shift
  echo "kafka.sh: $*" >&2
  exit "$code"
}

usage() { fail 64 "$1; see the head of $here/kafka.sh"; }

# Prints the java to run, or ends with the one line that says what to install.
find_java() {
  local java=java major
  if [[ -n ${JAVA_HOME:-} && -x $JAVA_HOME/bin/java ]]; then java=$JAVA_HOME/bin/java; fi
  command -v "$java" >/dev/null ||
    fail 69 "java is missing and Kafka $version needs version 17 or later: apt-get install openjdk-17-jre-headless"
  major=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
  ((${major:-0} >= 17)) ||
    fail 69 "java is version ${major:-unknown} and Kafka $version needs 17 or later: apt-get install openjdk-17-jre-headless"
  echo "$java"
}

# Copies the jars into $1 by Maven, which checks each against the registry's own checksum (-C).
copy_jars() {
  command -v mvn >/dev/null || fail 69 "mvn is missing and brings Kafka's jars: apt-get install maven"
  local said
  if ! said=$(mvn -q -B -C -f "$here/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$1" </dev/null 2>&1); then
    printf '%s\n' "$said" >&2
    fail 1 "Maven could not bring the jars of Kafka $version"
  fi
}

# True when $1 holds exactly the jars of checksums.sha256, byte for byte.
jars_match() {
  (cd "$1" && sha256sum --quiet --strict -c "$checksums" >&2 &&
    diff <(awk '{print $2}' "$checksums" | sort) <(find . -name '*.jar' -printf '%P\n' | sort) >&2)
}

# The marker names the checksums that were verified, so a new pom.xml is fetched anew.
fetched() { [[ -f $home/complete ]] && cmp -s "$home/complete" "$checksums"; }

fetch() {
  if fetched; then return; fi
  find_java >/dev/null
  mkdir -p "$cache"
  (
    flock 9
    if fetched; then exit; fi
    rm -rf "$home"
    mkdir -p "$home"
    copy_jars "$home/libs"
    jars_match "$home/libs" || fail 1 "the jars differ from $checksums; nothing was installed"
    cp "$checksums" "$home/complete.partial"
    mv "$home/complete.partial" "$home/complete"
  ) 9>"$cache/kafka-$version.lock"
}

bless() {
  find_java >/dev/null
  local fresh
  fresh=$(mktemp -d)
  copy_jars "$fresh"
  (cd "$fresh" && LC_ALL=C sha256sum ./*.jar | sed 's:\./::') >"$checksums"
  rm -rf "$fresh"
}

# --- ports -----------------------------------------------------------------------------------------------------------

accepts() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A port below the range that the kernel hands to clients, so no outgoing connection takes it while the node is down.
# Another node may still take it first; start_node then sees the failed bind and chooses again.
free_port() {
  local port
  for _ in {1..200}; do
    port=$((15000 + (RANDOM * 32768 + RANDOM) % 17000))
    if [[ $port != "${1:-}" ]] && ! accepts "$port"; then
      echo "$port"
      return
    fi
  done
  fail 1 "found no free port"
}

# --- one node --------------------------------------------------------------------------------------------------------

# True while process $1 runs; a dead one that nobody has reaped yet does not count.
runs() { [[ -r /proc/$1/stat && $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) != [ZX]* ]]; }

# True while the node of $dir runs. Process ids are used again, so the command line must name $dir too.
alive() {
  local pid
  pid=$(cat "$dir/pid" 2>/dev/null) && runs "$pid" &&
    tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF -- "-Dcourant.kafka.log=$dir/kafka.log"
}

# The port of $dir's node for everybody but a proxy.
broker_port() { sed -n 's/^advertised\.listeners=PLAINTEXT:[^:]*:\([0-9]*\).*/\1/p' "$dir/server.properties"; }

setting() { sed -n "s/^$1=//p" "$2" | tail -n 1; }

write_settings() {
  local broker_port=$1 controller_port=$2 roles=broker,controller node=1 controller
  local listeners="PLAINTEXT://127.0.0.1:$broker_port,CONTROLLER://127.0.0.1:$controller_port"
  controller=127.0.0.1:$controller_port
  if [[ -n $join ]]; then
    roles=broker node=$((2 + RANDOM)) listeners="PLAINTEXT://127.0.0.1:$broker_port"
    controller=$(setting controller.quorum.bootstrap.servers "$join/server.properties")
  fi
  local advertised=PLAINTEXT://127.0.0.1:$broker_port
  if [[ -n $proxied ]]; then
    listeners+=",PROXIED://127.0.0.1:$(free_port "$broker_port")"
    advertised+=",PROXIED://127.0.0.1:$proxied"
  fi
  cat >"$dir/server.properties" <<END
process.roles=$roles
node.id=$node
listeners=$listeners
advertised.listeners=$advertised
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=$controller
log.dirs=$dir/data

# Only what tests ask for exists, with the settings they ask for.
auto.create.topics.enable=false
# One node: internal topics have one replica, and few partitions so that they load at once.
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
# Tests kill members and wait for the group to notice.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
group.consumer.min.session.timeout.ms=1000
group.consumer.session.timeout.ms=6000
group.consumer.min.heartbeat.interval.ms=500
group.consumer.heartbeat.interval.ms=1000
# Looks every second, not every ten, for transactions whose producer died.
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
# A killed node may register again only after its last session ended.
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
# Fits the small heap.
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
END
  if ((${#overrides[@]})); then printf '%s\n' "${overrides[@]}" >>"$dir/server.properties"; fi
}

# Runs a Kafka class; kafka.log gets its log, kafka.out what it prints beside.
kafka_java() {
  # shellcheck disable=SC2086 # KAFKA_JVM_OPTS is a list of words
  "$@" -Xms256m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
    "-Dlog4j2.configurationFile=$here/log4j2.properties" "-Dcourant.kafka.log=$dir/kafka.log" \
    ${KAFKA_JVM_OPTS:-} -cp "$home/libs/*" "${main[@]}" >>"$dir/kafka.out" 2>&1
}

format() {
  local cluster kind=(--standalone) main
  if [[ -n $join ]]; then
    cluster=$(setting cluster.id "$join/data/meta.properties")
    kind=(--no-initial-controllers)
  else
    cluster=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')
  fi
  main=(kafka.tools.StorageTool format --config "$dir/server.properties" "--cluster-id=$cluster" "${kind[@]}")
  kafka_java "$java" || fail 1 "the data directory could not be formatted; see $dir/kafka.out"
}

# Starts the node of $dir and waits until it answers. Returns 75 when a port was taken meanwhile.
launch() {
  local main=(kafka.Kafka "$dir/server.properties") log=$dir/kafka.log said_before deadline pid port
  port=$(broker_port)
  touch "$log"
  said_before=$(stat -c %s "$log")
  rm -f "$dir/broker.env"
  if [[ $command == run ]] && command -v setpriv >/dev/null; then
    kafka_java exec setpriv --pdeathsig KILL "$java" </dev/null &
  else
    kafka_java exec setsid "$java" </dev/null &
  fi
  pid=$!
  echo "$pid" >"$dir/pid"
  deadline=$((SECONDS + ready_within))
  until tail -c "+$((said_before + 1))" "$log" | grep -q 'Kafka Server started' && accepts "$port"; do
    if ! runs "$pid"; then
      rm -f "$dir/pid"
      if tail -c "+$((said_before + 1))" "$log" | grep -qE 'BindException|Address already in use'; then return 75; fi
      fail 1 "the node ended while it started; see $log and $dir/kafka.out"
    fi
    if ((SECONDS > deadline)); then
      stop_node
      fail 1 "the node was not ready within $ready_within s; see $log"
    fi
    sleep 0.05
  done
  {
    echo "BOOTSTRAP=127.0.0.1:$port"
    sed -n 's/^listeners=.*PROXIED:[/]*\([^,]*\).*/BEHIND_PROXY=\1/p' "$dir/server.properties"
  } >"$dir/broker.env.partial"
  mv "$dir/broker.env.partial" "$dir/broker.env"
}

start_node() {
  local code try
  if alive; then fail 1 "$dir has a running node (process $(<"$dir/pid"))"; fi
  for try in {1..5}; do
    if [[ ! -f $dir/formatted ]]; then
      if [[ -n $port ]] && accepts "$port"; then fail 1 "port $port is taken"; fi
      rm -rf "$dir/data"
      local broker_port=${port:-$(free_port)}
      write_settings "$broker_port" "$(free_port "$broker_port")"
      format
      touch "$dir/formatted"
    elif [[ -n $port && $(broker_port) != "$port" ]]; then
      fail 64 "$dir was made with another port than $port"
    fi
    code=0
    launch || code=$?
    if ((code == 0)); then
      touch "$dir/served"
      return
    fi
    # A node that never served has nothing to lose and may move; one that did keeps its port, which clients know.
    if [[ ! -f $dir/served ]]; then rm -f "$dir/formatted"; else sleep "0.$((RANDOM % 9 + 1))"; fi
  done
  fail 1 "a port of the node in $dir stayed taken through $try tries; see $dir/kafka.log"
}

stop_node() {
  local deadline=$((SECONDS + stop_within)) pid
  if alive; then
    pid=$(<"$dir/pid")
    kill -TERM "$pid" 2>/dev/null || true
    while alive; do
      if ((SECONDS > deadline)); then kill -KILL "$pid" 2>/dev/null || true; fi
      sleep 0.05
    done
  fi
  rm -f "$dir/pid" "$dir/broker.env"
}

# --- commands --------------------------------------------------------------------------------------------------------

command=${1:-}
shift || true
dir='' port='' join='' proxied='' purge=false until_stdin_closes=false overrides=()
while (($#)); do
  case $1 in
    --dir | --port | --join | --proxied | --set)
      (($# > 1)) || usage "$1 needs a value"
      case $1 in
        --dir) dir=$2 ;;
        --port) port=$2 ;;
        --join) join=$(realpath -m "$2") ;;
        --proxied) proxied=$2 ;;
        --set) overrides+=("$2") ;;
      esac
      shift
      ;;
    --purge) purge=true ;;
    --until-stdin-closes) until_stdin_closes=true ;;
    *) usage "unknown option $1" ;;
  esac
  shift
done

case $command in
  fetch) fetch ;;
  bless) bless ;;
  classpath)
    fetch
    echo "$(realpath "$home")/libs/*"
    ;;
  start | run | stop | status)
    [[ -n $dir ]] || usage "$command needs --dir DIR"
    dir=$(realpath -m "$dir")
    ;;&
  start)
    java=$(find_java)
    fetch
    mkdir -p "$dir"
    start_node
    setting BOOTSTRAP "$dir/broker.env"
    ;;
  run)
    java=$(find_java)
    fetch
    mkdir -p "$dir"
    watcher=''
    trap 'stop_node; exit 0' TERM INT
    trap '[[ -z $watcher ]] || kill "$watcher" 2>/dev/null || true' EXIT
    start_node
    setting BOOTSTRAP "$dir/broker.env"
    if $until_stdin_closes; then
      # Standard input of a background job is /dev/null, so it is handed over by number.
      exec 4<&0
      { cat <&4 >/dev/null; kill -TERM $$; } 2>/dev/null &
      watcher=$!
    fi
    wait "$(<"$dir/pid")" || fail 1 "the node ended by itself; see $dir/kafka.log"
    ;;
  stop)
    stop_node
    if $purge; then rm -rf "$dir"; fi
    ;;
  status)
    alive && [[ -f $dir/broker.env ]] && setting BOOTSTRAP "$dir/broker.env"
    ;;
  *) usage "unknown command '${command}'" ;;
esac
