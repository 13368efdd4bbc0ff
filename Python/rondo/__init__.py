"""Rondo from Python: training by the native program, its runs as columns, its models in PyTorch.

    import rondo

    run = rondo.train(data="photos", epochs=20)
    columns = run.metrics(split="test")        # pandas.DataFrame(columns), polars.DataFrame(columns)
    model = rondo.load(run)                    # a torchvision or timm module with the run's weights
    model.classes, model.preprocess

Everything is computed by the program `rondo`, which lies in this package; this module starts it and reads the run folder.
"""
from ._load import load
from ._program import ProgramError, program, run_program
from ._run import Run, train

__all__ = ["ProgramError", "Run", "load", "program", "run_program", "train"]
