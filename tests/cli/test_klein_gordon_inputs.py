"""The inputs of Klein-Gordon fields give the numbers that their pages promise."""
import sys

from program import SOURCE, check, end, os, scratch, subprocess, weft

cases = os.path.join(SOURCE, "inputs", "klein_gordon")
with scratch() as directory:
    for case in sorted(os.listdir(cases)):
        path = os.path.join(cases, case, "input.yaml")
        if not os.path.exists(path):
            continue
        out = os.path.join(directory, case)
        run = weft("run", path, "-q", "--out", out)
        check(run.returncode == 0, f"{case}: {run.stderr}")
        compared = subprocess.run([sys.executable, os.path.join(cases, "compare.py"), case, out],
                                  capture_output=True, text=True)
        check(compared.returncode == 0, f"{case}: {compared.stdout}{compared.stderr}")
end()
