"""The site of the documents, as HTML. usage: site.py SOURCE FOLDER; a warning is an error."""
import os
import subprocess
import sys


def build(source, folder):
    """The site in FOLDER/html; needs Doxygen, Sphinx with MyST, Breathe and furo (Debian: doxygen, python3-myst-parser, python3-breathe, furo)."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(source, "docs", "Doxyfile"), encoding="utf-8") as file:
        settings = file.read() + f"OUTPUT_DIRECTORY = \"{folder}/doxygen\"\n"
    os.makedirs(os.path.join(folder, "doxygen"), exist_ok=True)
    subprocess.run(["doxygen", "-"], input=settings, text=True, cwd=source, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return subprocess.run(["sphinx-build", "-q", "-W", "--keep-going", "-b", "html", "-d", os.path.join(folder, "doctrees"), os.path.join(source, "docs"),
                           os.path.join(folder, "html")], env=dict(os.environ, WEFT_DOXYGEN=os.path.join(folder, "doxygen", "xml")), check=False).returncode


if __name__ == "__main__":
    sys.exit(build(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])))
