"""What an exported model predicts for an image file, by ONNX Runtime, beside what `rondo predict` wrote of it.

    onnx_predict.py make MODEL IMAGE              draws an image of the model's own size
    onnx_predict.py check MODEL IMAGE PREDICTED   prints the largest difference

PREDICTED is the JSON of a classifier or a detector, or a segmenter's mask.
"""
import json
import sys

import numpy
import onnx
import onnxruntime
from PIL import Image

what, path, image = sys.argv[1:4]
onnx.checker.check_model(path, full_check=True)
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
about = session.get_modelmeta().custom_metadata_map
sizes = about.get("size") or about.get("frame")
height, width, *channels = (int(side) for side in sizes.split("x")) if sizes else (64, 96)
mode = "L" if channels == [1] else "RGB"

if what == "make":
    y, x = numpy.mgrid[:height, :width]
    pixels = numpy.stack([40 + 3 * x % 90, 60 + 5 * y % 70, 90 + (x * y) % 50], axis=2).astype(numpy.uint8)
    pixels[height // 4:height // 2, width // 4:width // 2] = (220, 200, 30)
    Image.fromarray(pixels).convert(mode).save(image)
    sys.exit()

pixels = numpy.asarray(Image.open(image).convert(mode)).reshape(1, height, width, -1)
inputs = {"images": pixels}
if about["preprocessing"] == "outside":
    numbers = [numpy.array([float(word) for word in about[key].split()]) for key in ("mean", "deviation")]
    inputs["images"] = ((pixels / 255 - numbers[0]) / numbers[1]).astype(numpy.float32).transpose(0, 3, 1, 2)
if about["task"] == "detect":
    inputs["sizes"] = numpy.array([[width, height]], numpy.float32)
names = [output.name for output in session.get_outputs()]
found = dict(zip(names, session.run(None, inputs)))

if about["task"] == "classify":
    predicted = json.load(open(sys.argv[4]))[0]
    probabilities = found["probabilities"][0]
    known = about["classes"].split("\n")[probabilities.argmax()]
    difference = abs(float(probabilities.max()) - predicted["probability"]) if known == predicted["class"] else 1.0
elif about["task"] == "segment":
    mask = numpy.asarray(Image.open(sys.argv[4]))
    difference = float((found["probabilities"][0].argmax(0) != mask).mean())
else:
    predicted = json.load(open(sys.argv[4]))
    scores, boxes = found["scores"][0], found["boxes"][0]
    kept = [(float(score), *map(float, box)) for score, box in zip(scores, boxes) if score > 0]
    wanted = [
        (each["score"], each["bbox"][0], each["bbox"][1], each["bbox"][0] + each["bbox"][2],
         each["bbox"][1] + each["bbox"][3]) for each in predicted]
    difference = 1.0 if len(kept) != len(wanted) or not kept else float(
        numpy.abs(numpy.array(kept) - numpy.array(wanted)).max() / max(height, width))
print(json.dumps({"difference": difference, "inputs": {each.name: each.shape for each in session.get_inputs()}},
                 default=str))
