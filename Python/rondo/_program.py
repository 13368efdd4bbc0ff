"""The native program: where it lies, and how it is started."""
from __future__ import annotations

import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from typing import NoReturn, Optional, Sequence

FOLDER = pathlib.Path(__file__).resolve().parent


class ProgramError(RuntimeError):
    """The program ended with another exit status than 0; the text is its last line, `output` its standard output."""

    def __init__(self, status: int, message: str, output: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.output = output


def _torch() -> Optional[pathlib.Path]:
    """The folder of the installed torch, without importing it, which takes a second."""
    found = importlib.util.find_spec("torch")
    return pathlib.Path(found.origin).parent if found and found.origin else None


def program() -> pathlib.Path:
    """The native program; RONDO_PROGRAM names another."""
    named = os.environ.get("RONDO_PROGRAM")
    if named:
        found = shutil.which(named)
        if found is None:
            raise ProgramError(2, f"rondo: RONDO_PROGRAM names {named}, which is no program; name another, or unset it")
        return pathlib.Path(found).absolute()
    return FOLDER / "bin" / "rondo"


def _shim(torch: pathlib.Path) -> pathlib.Path:
    """The folder of the library that calls an installed torch: one for each of its minor releases."""
    shims = {path.name.removeprefix("libtorch-"): path for path in FOLDER.glob("libtorch-*")}
    version = re.search(r"__version__ = ['\"](\d+\.\d+)", (torch / "version.py").read_text())
    if version is None or version[1] not in shims:
        releases = sorted(shims, key=lambda release: [int(part) for part in release.split(".")])
        raise ProgramError(
            2, f"rondo: torch {version[1] if version else '?'} is installed, and this package is for "
            f"{', '.join(releases) or 'none'}; pip install 'torch=={releases[-1] if releases else '2.13'}.*'")
    return shims[version[1]]


def environment() -> dict[str, str]:
    """The environment of the program, in which it finds what calls the installed torch, and torch's library."""
    variables = dict(os.environ)
    if "RONDO_PROGRAM" in os.environ:
        return variables
    torch = _torch()
    if torch is None:
        raise ProgramError(2, "rondo: there is no torch here, whose library Rondo computes with; pip install torch")
    paths = [str(_shim(torch))]
    if torch.parent != FOLDER.parent:
        paths.append(str(torch / "lib"))
    variables["LD_LIBRARY_PATH"] = os.pathsep.join(
        path for path in [*paths, variables.get("LD_LIBRARY_PATH", "")] if path)
    return variables


def main() -> NoReturn:
    """Becomes the program."""
    try:
        path, variables = program(), environment()
    except ProgramError as error:
        print(error, file=sys.stderr)
        sys.exit(error.status)
    os.execve(path, ["rondo", *sys.argv[1:]], variables)


def run_program(arguments: Sequence[str], *, quiet: bool = False) -> tuple[str, str]:
    """Runs the program and returns what it wrote on standard output and on standard error.

    The latter is also passed on as it comes, unless it is to be quiet. Raises ProgramError.
    """
    messages = []
    # A file holds what a pipe, which is read only after the messages, has no room for.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as written:
        process = subprocess.Popen(
            [str(program()), *arguments], stdout=written, stderr=subprocess.PIPE,
            encoding="utf-8", errors="replace", env=environment())
        assert process.stderr is not None
        try:
            for line in process.stderr:
                messages.append(line)
                if not quiet:
                    sys.stderr.write(line)
        except BaseException:
            process.terminate()
            raise
        finally:
            status = process.wait()
            process.stderr.close()
        written.seek(0)
        output = written.read()
    text = "".join(messages)
    if status != 0:
        words = text.strip().splitlines()
        raise ProgramError(status, words[-1] if words else f"exit status {status}", output)
    return output, text
