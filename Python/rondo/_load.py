"""A run's model as a module of PyTorch."""
from __future__ import annotations

import os
import pathlib
import tempfile
from typing import TYPE_CHECKING, Any, Union

from ._preprocess import preprocessing
from ._run import Run

if TYPE_CHECKING:
    import torch


def load(run: Union[Run, str, os.PathLike[str]]) -> "torch.nn.Module":
    """The run's network with its weights, in evaluation mode: torchvision's or timm's.

    The module has the attributes `classes` (names in the order of its outputs), `metadata` (what Rondo exports beside the
    weights) and `preprocess`: a function that makes an input [1, 3, H, W] of a PIL image, as the program does of the same
    file. It needs safetensors, pillow, and torchvision or timm; another network raises ValueError: export it as ONNX.
    """
    import torch
    from safetensors import safe_open

    run = run if isinstance(run, Run) else Run(run)
    with tempfile.TemporaryDirectory() as folder:
        file = run.export(pathlib.Path(folder) / "model.safetensors", "--card", "none")
        with safe_open(file, "pt") as opened:
            about = dict(opened.metadata())
            state = {name: opened.get_tensor(name).clone() for name in opened.keys()}
    classes = about["classes"].split("\n")
    model = _network(about, len(classes))
    model.load_state_dict(state)
    model.eval()
    model.classes = classes  # type: ignore[assignment]
    model.metadata = about  # type: ignore[assignment]
    model.preprocess = preprocessing(about)  # type: ignore[assignment]
    return model


def _network(about: dict[str, str], classes: int) -> "torch.nn.Module":
    package, _, name = about.get("python", "").partition("/")
    if package == "torchvision":
        import torchvision

        options: dict[str, Any] = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
        return torchvision.models.get_model(name, weights=None, num_classes=classes, **options)
    if package == "timm":
        import timm

        options = {"dynamic_img_size": True} if name.startswith("vit") else {}
        return timm.create_model(name, num_classes=classes, **options)
    raise ValueError(
        f"neither torchvision nor timm has {about.get('model', 'this network')} for such images; "
        "export it as ONNX: run.export('model.onnx')")
