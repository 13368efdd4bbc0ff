"""The usual server of a PyTorch model: FastAPI, one image a request, predicted when it comes.

    python3 rival.py RUN PORT [THREADS]

The network, its weights and its preprocessing are the run's, by `rondo.load`. It answers with the class and its
probability, as Rondo does. Needs requirements.txt beside it, and torchvision.
"""
import io
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "Python"), os.path.join(ROOT, "Scripts/fixtures")]
import oracle  # noqa: E402, F401
import rondo  # noqa: E402
import torch  # noqa: E402
import uvicorn  # noqa: E402
from fastapi import FastAPI, Request  # noqa: E402
from PIL import Image  # noqa: E402

model = rondo.load(sys.argv[1])
if len(sys.argv) > 3:
    torch.set_num_threads(int(sys.argv[3]))
app = FastAPI()


@app.post("/predict")
async def predict(request: Request):
    image = Image.open(io.BytesIO(await request.body()))
    with torch.inference_mode():
        probabilities = model(model.preprocess(image)).softmax(1)[0]
    best = int(probabilities.argmax())
    return {"class": model.classes[best], "probability": float(probabilities[best])}


@app.get("/health")
async def health():
    return {"status": "ok"}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
