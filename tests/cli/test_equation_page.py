"""Every example of docs/models/equation.md runs as it stands there; what a fragment leaves out (grid, numbers of parameters, start,
time) is added as a reader would."""
import re

import yaml

from program import SOURCE, check, end, os, scratch, weft, write

NUMBERS = {"nu": 0.1, "g": 1.0, "omega": 0.5, "K": 0.3, "alpha": 0.1, "F": 0.5, "s": 0.1}


def blocks(text):
    """The examples: indented by four, between lines that are not."""
    for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.M):
        lines = [line[4:] for line in block.split("\n")]
        if any(line.lstrip().startswith(("equations:", "equation:")) for line in lines):
            yield "\n".join(lines)


def completed(block):
    given = yaml.safe_load(block)
    if "equation" not in given:
        given = {"equation": given}
    equation = given["equation"]
    lines = [line for line in equation["equations"] if line.startswith("dt")]
    names = [re.match(r"dtt?\((\w+)\)", line).group(1) for line in lines]
    equation.setdefault("fields", names)
    words = set(re.findall(r"[A-Za-z_]\w*", " ".join(equation["equations"])))
    missing = {name: NUMBERS[name] for name in sorted(words & set(NUMBERS)) if name not in equation.get("quenched", {})}
    if missing and "parameters" not in equation:
        equation["parameters"] = missing
    flat = "dy(" not in " ".join(equation["equations"])
    given.setdefault("grid", {"n": [64], "length": [16.0]} if flat else {"n": [32, 32], "length": [32.0, 32.0]})
    given.setdefault("initial", {"type": "formula", **{name: "0.1*normal" for name in names}})
    given["time"] = {"dt": 0.01, "end": 0.2}
    return {"model": "equation", **given}


with scratch() as directory, open(os.path.join(SOURCE, "docs", "models", "equation.md"), encoding="utf-8") as page:
    page_text = page.read()
    found = list(blocks(page_text))
    check(len(found) >= 10, f"{len(found)} examples")
    for block in found:
        path = write(directory, "a.yaml", yaml.safe_dump(completed(block), sort_keys=False, width=1000))
        run = weft("run", path, "-q", "--overwrite", "--out", os.path.join(directory, "out"))
        check(run.returncode == 0, f"{block}\n{run.stderr}")
    # the lines that weft check answers with are those of the page
    told = weft("check", write(directory, "a.yaml", found[0])).stdout.split("\n")
    shown = page_text.split("`weft check` answers with what it found:\n\n")[1].split("\n\n")[0].split("\n")
    check(len(shown) == 6, f"{shown}")
    for line in shown:
        check(line[4:] in told, f"weft check does not say {line}")
end()
