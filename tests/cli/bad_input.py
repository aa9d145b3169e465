"""Bad inputs: each must end with exit code 2, one line on standard error that names the place and
helps, and no file left behind.

usage: bad_input.py WEFT CASES.txt
CASES.txt may begin with
    command: scan run                    (default: run)
    file: NAME
    ---
    text of a file that lies beside the input in all cases
A case:
    == name
    expect: LINE regular expression      (LINE may be LINE:COLUMN; 0: the message names no line)
    args: further arguments              (optional)
    bare: reason                         (optional: why the message shows no place in the text)
    ---
    the input
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile


def read_cases(path):
    """The command and the files of all cases, and the cases."""
    cases = []
    with open(path, encoding="utf-8") as file:
        start, *blocks = re.split(r"^== ", file.read(), flags=re.MULTILINE)
    head, shared = start.split("\n---\n", 1) if "\n---\n" in start else (start, "")
    common = dict(line.split(": ", 1) for line in head.split("\n") if line.strip())
    for block in blocks:
        head, text = block.split("\n---\n", 1)
        lines = head.split("\n")
        fields = dict(line.split(": ", 1) for line in lines[1:] if line.strip())
        line, pattern = fields["expect"].split(" ", 1)
        cases.append((lines[0].strip(), line, pattern, fields.get("args", "").split(), "bare" in fields, text))
    return common.get("command", "run").split(), common.get("file"), shared, cases


def run(weft, command, beside, case):
    name, line, pattern, arguments, bare, text = case
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "input.yaml")
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        if beside[0]:
            with open(os.path.join(folder, beside[0]), "w", encoding="utf-8") as file:
                file.write(beside[1])
        out = os.path.join(folder, "out")
        done = subprocess.run([weft, *command, path, "--out", out, *arguments], cwd=folder, timeout=120,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        left = sorted(set(os.listdir(folder)) - {"input.yaml", beside[0]})
    problems = []
    # lines that begin with spaces show the place in a formula
    errors = [e for e in done.stderr.split("\n") if e and not e.startswith("    ")]
    if done.returncode != 2:
        problems.append(f"exit code {done.returncode}, expected 2")
    if len(errors) != 1:
        problems.append(f"{len(errors)} lines on standard error, expected 1")
    first = errors[0] if errors else ""
    # line: "4", or "4:31" with a column; "0": the message names no place
    place = f"weft: error: {path}:{line}:" if line != "0" else "weft: error: "
    if not first.startswith(place):
        problems.append(f"expected the message to begin with '{place}'")
    # what stands in the input has a column, and marks below its place
    if line != "0" and not re.match(re.escape(f"weft: error: {path}:") + r"\d+:\d+: ", first) and not bare:
        problems.append("expected a column")
    if line != "0" and not re.search(r"^    .*\n    +\^+$", done.stderr, re.M) and not bare:
        problems.append("expected marks below the place")
    if not re.search(pattern, first):
        problems.append(f"expected it to match '{pattern}'")
    if re.search(r"\b(\w+): \1: ", first):
        problems.append("a word stands twice")
    if left:
        problems.append(f"left behind: {left}")
    if problems:
        return f"{name}: " + "; ".join(problems) + f"\n    {done.stderr.strip()}"
    return None


def main():
    weft, path = sys.argv[1:]
    command, file, shared, cases = read_cases(path)
    if "PETSC" in os.environ.get("WEFT_WITHOUT", "").split("+"):
        cases = [case for case in cases if "petsc_" not in case[-1]]
    names = [case[0] for case in cases]
    assert cases and len(set(names)) == len(names), "cases need names of their own"
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        failures = [f for f in pool.map(lambda case: run(weft, command, (file, shared), case), cases) if f]
    for failure in failures:
        print(failure)
    print(f"{len(cases) - len(failures)} of {len(cases)} cases")
    return 1 if failures else 0


sys.exit(main())
