"""The site of the documents: made without a warning; formulas are formulas, and every public function is there."""
import re
import sys

from program import *

if not all(map(shutil.which, ("sphinx-build", "doxygen"))):
    print("skipped: sphinx-build and doxygen are not installed")
    sys.exit(77)

with scratch() as folder:
    out = subprocess.run([sys.executable, os.path.join(SOURCE, "src", "cmake", "site.py"), SOURCE, folder], capture_output=True, text=True, check=False,
                         timeout=500)
    check(out.returncode == 0 and not out.stderr, f"site: {out.stderr[-2000:]}")

    def page(name):
        with open(os.path.join(folder, "html", name), encoding="utf-8") as file:
            return file.read()

    tutorial = "tutorials/kink_collisions.html"
    check('class="math' in page(tutorial), "formulas are marked")
    if os.path.exists("/usr/share/javascript/mathjax/MathJax.js"):
        scripts = re.findall(r'<script[^>]*src="([^"?]*MathJax.js)', page(tutorial))
        check(len(scripts) == 1 and os.path.isfile(os.path.join(folder, "html", "tutorials", scripts[0])), f"MathJax is in the site: {scripts}")
        if shutil.which("chromium"):  # and sets the formulas, without a network
            out = subprocess.run(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/chromium",
                                  "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=60000", "--dump-dom",
                                  f"file://{folder}/html/{tutorial}"], capture_output=True, text=True, check=False, timeout=200)
            check(out.stdout.count('class="mjx-chtml') > 5 and 'class="mjx-merror' not in out.stdout, f"formulas are typeset: {out.stdout[-500:]}{out.stderr[-300:]}")
    api = page("dev/api.html")
    for name in os.listdir(os.path.join(SOURCE, "include", "weft")):
        with open(os.path.join(SOURCE, "include", "weft", name), encoding="utf-8") as file:
            for function in re.findall(r"^weft_status (weft_\w+)\(", file.read(), re.M):
                check(f"c.{function}" in api, f"{function} is not on the page of the library")
end()
