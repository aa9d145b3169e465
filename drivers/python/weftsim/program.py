"""Running weft from Python: inputs as dictionaries or files, progress, errors as exceptions."""
import numbers
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager

from .errors import ToolError
from .params import to_yaml

STOPPED = 85  # asked to stop, in good order
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


class WeftError(ToolError):
    """weft ended with an error; `code` is its exit code, the text its message."""


def find_program():
    """The variable WEFT, else weft beside the tool that runs (weft-analyze), else weft on the PATH."""
    beside = os.path.join(os.path.dirname(os.path.realpath(sys.argv[0])), "weft")
    found = os.environ.get("WEFT") or (beside if os.access(beside, os.X_OK) and os.path.isfile(beside) else shutil.which("weft"))
    if not found:
        raise WeftError("the program weft is not on the PATH; put it there, or its path into the environment variable WEFT")
    return found


def call(arguments, ranks=1, progress=False, launcher=("mpirun", "-n")):
    """Run weft; its standard output. Errors become WeftError, code 85 (stopped) does not."""
    if not isinstance(ranks, numbers.Integral) or ranks < 1:
        raise WeftError(f"ranks is {ranks!r}; give a whole number, 1 or more")
    command = [find_program(), *map(str, arguments)]
    if ranks > 1:
        if not shutil.which(launcher[0]):
            raise WeftError(f"{launcher[0]}, which starts several ranks, is not on the PATH")
        command = [*launcher, str(ranks), *command]
    bar = _bar() if progress else None
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
                              errors="replace") as process:
            told = _follow(process.stdout, bar)
        errors.seek(0)
        text = errors.read()
    if process.returncode not in (0, STOPPED):
        lines = [line.removeprefix("weft: error: ") for line in text.splitlines() if line.startswith("weft: error: ")]
        raise WeftError("\n".join(lines) or text.strip() or f"weft ended with code {process.returncode}", process.returncode)
    return told


def _bar():
    """A bar of progress; of a notebook, where there is one."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        raise WeftError("progress=True needs tqdm: pip install tqdm, on Debian apt install python3-tqdm") from None
    return tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed}<{remaining}")


def _follow(stream, bar):
    """All that is printed; a bar follows the per cent in it."""
    lines = []
    for line in stream:
        lines.append(line)
        found = _PERCENT.findall(line)
        if bar is not None and found:
            bar.n = min(100.0, float(found[-1]))
            bar.refresh()
    if bar is not None:
        bar.n = 100
        bar.close()
    return "".join(lines)


def written(source, folder):
    """The path of an input: a file's own, a dictionary's in the folder."""
    if not isinstance(source, dict):
        return os.fspath(source)
    path = os.path.join(folder, "input.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(to_yaml(source, exact=True))
    return path


@contextmanager
def _input(source):
    """The path of an input. That of a dictionary is gone afterwards, so messages name its keys, not places of the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(source, folder)
        try:
            yield path
        except WeftError as error:
            raise WeftError(re.sub(re.escape(folder) + r"/input\.yaml(:\d+)*: ", "", str(error)), error.code) from None


def _overrides(parameters):
    found = []
    for key, value in (parameters or {}).items():
        found += ["-P", f"{key}={to_yaml(value, exact=True, flow=True)}"]
    return found


class Run:
    """The result directory of a run."""

    def __init__(self, path):
        self.path = os.fspath(path)

    def open(self, **more):
        from .data import open as open_result
        return open_result(self.path, **more)

    @property
    def status(self):
        """running, complete, stopped, failed"""
        with self.open() as data:
            return data.attrs["status"]

    def resume(self, ranks=1, progress=False, **parameters):
        """Go on from the newest checkpoint, say with time__end=200 (two underscores for the dot)."""
        given = {key.replace("__", "."): value for key, value in parameters.items()}
        call(["run", os.path.join(self.path, "params.used.yaml"), "--out", self.path, "--resume", *_overrides(given)], ranks, progress)
        return self

    def __repr__(self):
        return f"Run({self.path!r})"


def run(source, out=None, ranks=1, progress=False, overwrite=False, parameters=None, wall=None):
    """Run an input (a path or a dictionary) into the directory out; a Run.

    parameters: {"time.end": 10} replaces values. A dictionary needs out, else its result is in a temporary directory that stays
    until it is removed."""
    with _input(source) as path:
        own = tempfile.mkdtemp(prefix="weft-") if out is None and isinstance(source, dict) else None
        out = own if out is None else out
        arguments = ["run", path, *(["--out", out] if out else []), *(["--overwrite"] if overwrite else []),
                     *(["--wall", wall] if wall else []), *_overrides(parameters)]
        try:
            call(arguments, ranks, progress)
        except WeftError:
            if own and not os.listdir(own):
                os.rmdir(own)
            raise
    return Run(os.path.join("out", default_name(path)) if out is None else out)


def default_name(path):
    """That of the input, or of its folder where it is called input.yaml."""
    folder, name = os.path.split(path)
    stem = os.path.splitext(name)[0]
    parent = os.path.basename(folder)
    return parent if stem == "input" and parent not in ("", ".", "..") else stem


def check(source, parameters=None):
    """What weft check says of an input; WeftError where it is wrong."""
    with _input(source) as path:
        return call(["check", path, *_overrides(parameters)])


class Scan:
    """A scan file and its result directory."""

    def __init__(self, path, out=None):
        self.path, self.out = os.fspath(path), out

    def _arguments(self, command, *more):
        return ["scan", command, self.path, *(["--out", self.out] if self.out else []), *more]

    def expand(self):
        """All points: [{"point": 0, "identity": ..., "seed": ..., "section.key": text, ...}]."""
        lines = call(self._arguments("expand")).splitlines()
        names = lines[0].lstrip("# ").split(" ")
        found = []
        for line in lines[1:]:
            words = line.split(" ", len(names) - 1)
            found.append({**dict(zip(names, words)), "point": int(words[0]), "seed": int(words[2])})
        return found

    def run(self, ranks=1, progress=False):
        """Compute what has no results yet. Points that fail are in the collection's status; only if all fail is it an error."""
        try:
            call(self._arguments("run"), ranks, progress)
        except WeftError as error:
            if error.code != 3:
                raise
        call(self._arguments("collect"))
        return self

    def status(self):
        return call(self._arguments("status"))

    def open(self, **more):
        from .data import open_scan
        return open_scan(self.out or os.path.join("out", self._name()), **more)

    def _name(self):
        folder, name = os.path.split(self.path)
        stem, parent = os.path.splitext(name)[0], os.path.basename(folder)
        return parent if stem == "scan" and parent not in ("", ".", "..") else stem
