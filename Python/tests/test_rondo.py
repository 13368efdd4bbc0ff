"""Tests of the Python module, by the program that RONDO_PROGRAM names or that lies in the installed package.

    RONDO_PROGRAM=.build/debug/rondo PYTHONPATH=Python python3 -m unittest discover Python/tests
"""
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

import rondo
from rondo import _run


class Flags(unittest.TestCase):
    def test_settings_become_flags(self):
        self.assertEqual(
            _run.flags({"batch_size": 64, "flip": True, "ema": None, "group": ["a=b:1", "c=d:2"], "cut": False}),
            ["--batch-size", "64", "--flip", "--group", "a=b:1", "--group", "c=d:2", "--no-cut"])

    def test_what_makes_no_single_run_is_refused(self):
        for settings in ({"folds": 5}, {"progress": "json"}):
            with self.assertRaises(ValueError):
                rondo.train(data="shapes", **settings)


class Columns(unittest.TestCase):
    def test_a_half_written_row_is_left_out_and_an_empty_cell_is_nan(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            (path / "config.yaml").touch()
            head = "update,epoch,split,loss,accuracy\n"
            (path / "metrics.csv").write_text(head + "1,0,train,2.5,\n1,0,test,2,0.5\n2,0,tr")
            run = rondo.Run(path)
            columns = run.metrics()
            self.assertEqual(columns["update"], [1, 1])
            self.assertEqual(columns["split"], ["train", "test"])
            self.assertTrue(math.isnan(columns["accuracy"][0]))
            self.assertEqual(run.metrics(split="test")["loss"], [2.0])
            self.assertIsNone(run.summary())
            # All cells are there, but the last one may have been cut off.
            (path / "metrics.csv").write_text(head + "1,0,test,2,0.5\n2,0,test,2,0.")
            self.assertEqual(run.metrics()["update"], [1])
            (path / "metrics.csv").write_text("")
            self.assertEqual(run.metrics(), {})
            (path / "metrics.csv").unlink()
            self.assertEqual(run.metrics(), {})

    def test_a_folder_without_a_run_is_refused(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(FileNotFoundError):
            rondo.Run(folder)


class Predicting(unittest.TestCase):
    """By a program of three lines."""

    def predict(self, output, status):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            (path / "config.yaml").touch()
            program = path / "program"
            program.write_text(f"#!/bin/sh\necho '{output}'\necho 'rondo: Größe' >&2\nexit {status}\n", encoding="utf-8")
            program.chmod(0o755)
            with unittest.mock.patch.dict(os.environ, RONDO_PROGRAM=str(program)):
                return rondo.Run(path).predict("images")

    def test_images_that_are_left_out_leave_the_others(self):
        self.assertEqual(self.predict('[\n{"file": "a.png"}\n]', 1), [{"file": "a.png"}])

    def test_predictions_that_are_not_whole_are_refused(self):
        for output, status in (('[\n{"file": "a.png"}', 1), ("", 2)):
            with self.assertRaisesRegex(rondo.ProgramError, "^rondo: Größe$") as raised:
                self.predict(output, status)
            self.assertEqual(raised.exception.status, status)

    def test_a_program_that_is_not_there_is_refused(self):
        with unittest.mock.patch.dict(os.environ, RONDO_PROGRAM="./nowhere"):
            with self.assertRaisesRegex(rondo.ProgramError, "nowhere"):
                rondo.program()


class Training(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.run_ = rondo.train(
            data="shapes", steps=4, batch_size=8, max_lr=0.01, model="resnet-18", runs=cls.folder.name, quiet=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_a_run_has_its_metrics(self):
        self.assertEqual(self.run_.metrics(split="train")["update"], [1, 2, 3, 4])
        self.assertEqual(self.run_.summary()["updates"], 4)

    def test_wrong_settings_raise_the_programs_sentence(self):
        with self.assertRaises(rondo.ProgramError) as raised:
            rondo.train(data="shapes", epochs=-1, runs=self.folder.name, quiet=True)
        self.assertEqual(raised.exception.status, 2)

    def test_the_program_is_started_as_a_module(self):
        found = subprocess.run([sys.executable, "-m", "rondo", "--version"], capture_output=True, text=True)
        self.assertEqual(found.returncode, 0)
        self.assertRegex(found.stdout, r"^\d+\.\d+\.\d+\n$")

    def test_a_model_computes_in_pytorch_what_the_program_predicts(self):
        try:
            import torch
            import safetensors, torchvision  # noqa: F401
            from PIL import Image
        except (ImportError, RuntimeError) as error:
            self.skipTest(f"needs torch, torchvision, safetensors and pillow: {error}")
        model = rondo.load(self.run_)
        height, width, _ = (int(side) for side in model.metadata["size"].split("x"))
        file = os.path.join(self.folder.name, "image.png")
        Image.effect_mandelbrot((width, height), (-3, -2.5, 2, 2.5), 100).convert("RGB").save(file)
        with torch.inference_mode():
            known = model(model.preprocess(Image.open(file))).softmax(1)[0]
        predicted = self.run_.predict(file)[0]
        self.assertEqual(predicted["class"], model.classes[int(known.argmax())])
        self.assertAlmostEqual(predicted["probability"], float(known.max()), places=4)

    def test_any_image_is_seen_as_the_program_sees_it(self):
        """By a model that knows its few images by heart, so that another cut, turn or background is another class."""
        try:
            import torch
            import safetensors, torchvision  # noqa: F401
            from PIL import Image
        except (ImportError, RuntimeError) as error:
            self.skipTest(f"needs torch, torchvision, safetensors and pillow: {error}")
        folder = pathlib.Path(self.folder.name)
        drawn = Image.merge("RGB", [
            Image.effect_mandelbrot((600, 400), (-3 + shift, -2.5, 2, 2.5), 100) for shift in (0, 0.5, 1)])
        for part in ("train", "test"):
            for number in range(3):
                (folder / "drawn" / part / str(number)).mkdir(parents=True)
                for turn in range(4):
                    image = drawn.rotate(90 * number + 10 * turn).resize((48, 32))
                    image.save(folder / "drawn" / part / str(number) / f"{turn}.png")
        kinds = folder / "kinds"
        kinds.mkdir()
        clear = drawn.convert("RGBA")
        clear.putalpha(Image.linear_gradient("L").resize(drawn.size))
        clear.save(kinds / "alpha.png")
        clear.convert("LA").save(kinds / "gray-alpha.png")
        drawn.convert("P").save(kinds / "palette.png", transparency=bytes(range(256)))
        drawn.convert("CMYK").save(kinds / "cmyk.jpg")
        drawn.convert("L").convert("I").point(lambda level: level * 257).convert("I;16").save(kinds / "wide.png")
        drawn.resize((23, 41)).save(kinds / "tall.png")
        for turn in range(1, 9):
            exif = Image.Exif()
            exif[0x0112] = turn
            drawn.resize((601, 399)).save(kinds / f"turned-{turn}.jpg", exif=exif)
        for settings in ({}, {"image_size": 32}):
            run = rondo.train(
                data=folder / "drawn", steps=40, batch_size=6, max_lr=0.02, model="resnet-18", runs=folder / "seen",
                quiet=True, flip=False, threads=1, **settings)
            model = rondo.load(run)
            known = run.predict(kinds)
            self.assertEqual(len(known), 14)
            for row in known:
                with torch.inference_mode():
                    seen = model(model.preprocess(Image.open(row["file"]))).softmax(1)[0]
                self.assertAlmostEqual(
                    float(seen[model.classes.index(row["class"])]), row["probability"], delta=0.05, msg=row["file"])


if __name__ == "__main__":
    unittest.main()
