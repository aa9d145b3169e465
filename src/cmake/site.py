"""The site of the documents, as HTML. usage: site.py SOURCE FOLDER; a warning is an error.

Formulas are set by MathJax: by Debian's, which is copied into the site, else by the one of the network."""
import os
import shutil
import subprocess
import sys

MATHJAX = "/usr/share/javascript/mathjax"  # Debian: libjs-mathjax, which is MathJax 2
MATHJAX_PARTS = ("MathJax.js", "config/TeX-AMS_CHTML-full.js", "jax/element", "jax/input/TeX", "jax/output/CommonHTML", "extensions",
                 "fonts/HTML-CSS/TeX/woff")


def bundle(folder):
    """What formulas need of MathJax, into FOLDER; is it there?"""
    if not os.path.exists(os.path.join(MATHJAX, "MathJax.js")):
        return False
    for part in MATHJAX_PARTS:
        source, target = os.path.join(MATHJAX, part), os.path.join(folder, part)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.isdir(source):
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)
    return True


def build(source, folder):
    """The site in FOLDER/html; needs Doxygen, Sphinx with MyST, Breathe and furo (Debian: doxygen, python3-myst-parser, python3-breathe, furo)."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(source, "docs", "Doxyfile"), encoding="utf-8") as file:
        settings = file.read() + f"OUTPUT_DIRECTORY = \"{folder}/doxygen\"\n"
    os.makedirs(os.path.join(folder, "doxygen"), exist_ok=True)
    subprocess.run(["doxygen", "-"], input=settings, text=True, cwd=source, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    environment = dict(os.environ, WEFT_DOXYGEN=os.path.join(folder, "doxygen", "xml"))
    if bundle(os.path.join(folder, "html", "_static", "mathjax")):
        environment["WEFT_MATHJAX"] = "1"
    return subprocess.run(["sphinx-build", "-q", "-W", "--keep-going", "-b", "html", "-d", os.path.join(folder, "doctrees"), os.path.join(source, "docs"),
                           os.path.join(folder, "html")], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(build(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])))
