"""Evaluates a results file by an annotation file with pycocotools, and says how long it took.

    python rival.py results.json instances.json
"""
import contextlib
import io
import json
import sys
import time

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

with contextlib.redirect_stdout(io.StringIO()):
    start = time.perf_counter()
    truth = COCO(sys.argv[2])
    results = truth.loadRes(sys.argv[1])
    middle = time.perf_counter()
    evaluation = COCOeval(truth, results, "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    end = time.perf_counter()
print(json.dumps({"loading": [middle - start], "evaluating": [end - middle],
                  "metrics": list(evaluation.stats)}))
