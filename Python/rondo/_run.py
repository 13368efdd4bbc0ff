"""Runs: made by the program, read from their folders."""
from __future__ import annotations

import csv
import json
import os
import pathlib
import re
from typing import Any, Optional, Union

from ._program import ProgramError, run_program

#: A column: numbers (NaN where there is none), whole numbers, or words.
Column = Union[list[float], list[int], list[str]]


class Run:
    """A run's folder. Nothing is kept in memory: each call reads the folder as it is then."""

    def __init__(self, path: Union[str, os.PathLike[str]]) -> None:
        self.path = pathlib.Path(path)
        if not (self.path / "config.yaml").is_file():
            raise FileNotFoundError(f"{self.path} is not the folder of a run: it has no config.yaml")

    def __repr__(self) -> str:
        return f"rondo.Run({str(self.path)!r})"

    def metrics(self, split: Optional[str] = None) -> dict[str, Column]:
        """The columns of metrics.csv; of one split alone: "train", "validation", "test", "average".

        `update` and `epoch` are whole numbers, `split` is words, all others are numbers, NaN where a cell is empty. A row
        that is half written, as of a run that goes on, is left out. Before the training begins there are no columns.
        """
        try:
            with open(self.path / "metrics.csv", newline="", encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            return {}
        # What comes after the last line break is half written, whatever it looks like.
        rows = list(csv.reader(text[:text.rfind("\n") + 1].splitlines()))
        if not rows:
            return {}
        head, rows = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
        if split is not None:
            rows = [row for row in rows if row[head.index("split")] == split]

        def column(index: int, name: str) -> Column:
            cells = [row[index] for row in rows]
            if name == "split":
                return cells
            if name in ("update", "epoch"):
                return [int(cell) for cell in cells]
            return [float(cell or "nan") for cell in cells]

        return {name: column(index, name) for index, name in enumerate(head)}

    def _json(self, name: str) -> Optional[dict[str, Any]]:
        file = self.path / name
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None

    def summary(self) -> Optional[dict[str, Any]]:
        """summary.json: the final metrics and the speed; None of a run that has not ended."""
        return self._json("summary.json")

    def plan(self) -> Optional[dict[str, Any]]:
        """plan.json: the settings, what the range test found, and the plan."""
        return self._json("plan.json")

    def evaluation(self) -> Optional[dict[str, Any]]:
        """evaluation.json, as evaluate() wrote it last; None if it did not."""
        return self._json("evaluation.json")

    def evaluate(self, *, quiet: bool = True) -> dict[str, Any]:
        """Evaluates the run's model on its test images."""
        run_program(["evaluate", str(self.path)], quiet=quiet)
        return self.evaluation() or {}

    def predict(self, *images: Union[str, os.PathLike[str]], quiet: bool = True) -> list[dict[str, Any]]:
        """Predicts images, and folders of them, as `rondo predict --format json` does.

        Files that cannot be read are left out, and named on standard error unless it is quiet.
        """
        names = [str(image) for image in images]
        try:
            output, _ = run_program(["predict", str(self.path), *names, "--format", "json"], quiet=quiet)
        except ProgramError as error:
            # Where images were left out the predictions of the others are whole.
            try:
                return json.loads(error.output)
            except ValueError:
                raise error from None
        return json.loads(output)

    def export(self, output: Union[str, os.PathLike[str]], *options: str) -> pathlib.Path:
        """Writes the model as `rondo export` does: a name that ends with .onnx is an ONNX file."""
        run_program(["export", str(self.path), "--output", str(output), *options], quiet=True)
        return pathlib.Path(output)


def flags(settings: dict[str, Any]) -> list[str]:
    """Settings as flags: `batch_size=64` is `--batch-size 64`, `flip=True` is `--flip`, `flip=False` is `--no-flip`, None
    is nothing, and a list several."""
    arguments: list[str] = []
    for name, value in settings.items():
        word = name.rstrip("_").replace("_", "-")
        flag = "--" + word
        if value is True:
            arguments.append(flag)
        elif value is False:
            arguments.append("--no-" + word)
        elif isinstance(value, (list, tuple)):
            for each in value:
                arguments += [flag, str(each)]
        elif value is not None:
            arguments += [flag, str(value)]
    return arguments


def train(*, quiet: bool = False, **settings: Any) -> Run:
    """Trains by `rondo train`, whose settings are the keywords, and returns the run.

        run = rondo.train(data="photos", epochs=20, batch_size=64, weights="imagenet")

    What the program says goes to standard error, unless it is quiet. Raises ProgramError with the exit status and the
    program's sentence, and ValueError for what makes no single run.
    """
    if settings.get("folds") is not None and settings.get("fold") is None:
        raise ValueError("folds are several runs: name one by fold=, or use 'rondo train --folds'")
    if settings.get("progress") is not None:
        raise ValueError("progress= is for the command line: read the run's metrics() instead")
    _, text = run_program(["train", *flags(settings)], quiet=quiet)
    found = re.findall(r"^run folder: +(.+)$", text, re.M)
    if not found:
        raise ProgramError(1, "the program did not say where the run's folder is")
    return Run(found[-1].strip())
