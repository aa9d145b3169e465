"""The tutorials and the first page of the site as they stand: every input and scan is accepted, and so is every change by -P that a page names. Nothing is run to its end."""
import glob
import re
import shlex

from program import *

COMMAND = re.compile(r"^(?:mpirun -n \d+ )?weft (run|check) (\S+\.yaml)(.*)$")


def changes(words):
    """The -P of a command line."""
    words = shlex.split(words)
    return [word for i, word in enumerate(words) if word == "-P" or i and words[i - 1] == "-P"]


def look(folder, page):
    with open(page, encoding="utf-8") as file:
        text = file.read()
    name, last, seen = None, None, 0
    for part in re.split(r"(```\w+\n.*?\n```)", text, flags=re.S):
        block = re.fullmatch(r"```(\w+)\n(.*)\n```", part, re.S)
        if not block:
            name = (re.findall(r"`([^`\s]+\.yaml)`", part) or [name])[-1]
            for words in re.findall(r"`(?:weft (?:run|check) \S+\.yaml )?(-P [^`]*)`", part):
                if last:
                    out = weft("check", last, *changes(words), cwd=folder)
                    check(out.returncode == 0, f"{page}: {last} {words}: {out.stderr}")
            continue
        kind, body = block.groups()
        if kind == "yaml" and body.startswith("model:"):
            last = write(folder, os.path.basename(name), body + "\n")
            seen += 1
        elif kind == "yaml" and body.startswith("base:"):
            seen += 1
            if "base: ring.yaml" not in body:  # that one is a sketch of the shipped scan
                out = weft("scan", "check", write(folder, "scan.yaml", body + "\n"), cwd=folder)
                check(out.returncode == 0, f"{page}: scan.yaml: {out.stderr}")
        elif kind == "sh":
            for line in body.splitlines():
                found = COMMAND.match(line)
                if found:
                    out = weft("check", found[2], *changes(found[3]), cwd=folder)
                    check(out.returncode == 0, f"{page}: {line}: {out.stderr}")
                    seen += 1
    check(seen > 0, f"{page}: nothing to look at was found")


for page in [os.path.join(SOURCE, "docs", "index.md"), *sorted(glob.glob(os.path.join(SOURCE, "docs", "tutorials", "*.md")))]:
    if not has("LAPACK") and "domains" in page:
        continue
    with scratch() as folder:
        os.symlink(os.path.join(SOURCE, "inputs"), os.path.join(folder, "inputs"))
        look(folder, page)
end()
