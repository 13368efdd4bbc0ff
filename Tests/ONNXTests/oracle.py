"""Runs ONNX models by ONNX Runtime, beside what Rondo computed.

Reads a line of JSON a model: {"model": path, "inputs": [tensor, ...], "outputs": [tensor, ...]}, a tensor being
{"name", "file", "shape", "type"} with its elements in row-major order. Writes a line of JSON: {"differences": {name:
largest difference over the largest magnitude, or over 1 if that is less}}, or {"error": text}. onnx.checker checks each
model first, with the shapes that follow from it.
"""
import json
import sys

import numpy
import onnx
import onnxruntime


def read(tensor):
    return numpy.fromfile(tensor["file"], dtype=tensor["type"]).reshape(tensor["shape"])


def check(request):
    onnx.checker.check_model(request["model"], full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(request["model"], options, providers=["CPUExecutionProvider"])
    names = [output["name"] for output in request["outputs"]]
    found = session.run(names, {each["name"]: read(each) for each in request["inputs"]})
    differences = {}
    for tensor, actual in zip(request["outputs"], found):
        wanted = read(tensor)
        if actual.shape != wanted.shape or actual.dtype != wanted.dtype:
            raise ValueError(
                f"{tensor['name']} is {actual.dtype} {actual.shape}, not {wanted.dtype} {wanted.shape}")
        gap = numpy.abs(actual.astype(numpy.float64) - wanted.astype(numpy.float64))
        differences[tensor["name"]] = float(gap.max() / max(1.0, numpy.abs(wanted).max())) if gap.size else 0.0
    return {"differences": differences}


for line in sys.stdin:
    try:
        answer = check(json.loads(line))
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
