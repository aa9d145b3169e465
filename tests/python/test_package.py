"""The package installs without a compiler, and all that it shows is there."""
import os
import shutil
import subprocess
import sys

import pytest
from shared import SOURCE

import weftsim


def test_public_names():
    for name in weftsim.__all__:
        assert getattr(weftsim, name).__doc__, f"{name} has no docstring"


def test_no_module_hides_a_function():
    folder = os.path.dirname(weftsim.__file__)
    assert not {name for name in weftsim.__all__ if os.path.exists(os.path.join(folder, f"{name}.py"))}


def test_pip_install():
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode != 0:
        pytest.skip("pip is not installed")
    shutil.copytree(os.path.join(SOURCE, "drivers", "python"), "package", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run([sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target", "site",
                           "./package"], capture_output=True, text=True, env={**os.environ, "CC": "false"}, check=False)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([sys.executable, "-c", "import weftsim, weftsim.laws; print(weftsim.__file__, len(weftsim.laws.laws()))"], cwd="/",
                          env={**os.environ, "PYTHONPATH": os.path.abspath("site")}, capture_output=True, text=True, check=False)
    assert done.stdout.startswith(os.path.abspath("site")) and done.stdout.split()[-1] == "4", done.stderr
