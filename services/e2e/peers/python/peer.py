"""peer.py feedparser|fastfeedparser LIST: measures a Python parser; the protocol is in ../README.md."""

import importlib
import json
import pathlib
import sys
import time


def main() -> None:
    library = importlib.import_module(sys.argv[1])
    bodies = [pathlib.Path(line).read_bytes() for line in pathlib.Path(sys.argv[2]).read_text().splitlines()]

    def items(body: bytes) -> int:
        try:
            return len(library.parse(body).entries)
        except Exception:  # whatever a library raises on a feed that it cannot read
            return -1

    print(json.dumps([items(body) for body in bodies]), flush=True)
    chosen = [bodies[index] for index in json.loads(sys.stdin.readline())]
    for line in sys.stdin:
        limit, parsed = float(line), 0
        start = time.process_time()
        while (used := time.process_time() - start) < limit:
            for body in chosen:
                library.parse(body)
                parsed += len(body)
        print(json.dumps({"bytes": parsed, "seconds": used}), flush=True)


main()
