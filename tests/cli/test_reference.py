"""docs/reference/ says what the tables say. 'test_reference.py WEFT SOURCE write' brings it up to date."""
from program import *

folder = os.path.join(SOURCE, "docs", "reference")
models = [line.split()[0] for line in weft("models").stdout.split("\n") if line and line[0] not in " '"]
write_pages = MPIEXEC == "write"
pages = {f"{model}.md": f"# Parameters of {model}\n\n" + weft("params", model, "--markdown").stdout for model in models}
if write_pages:
    os.makedirs(folder, exist_ok=True)
    for old in os.listdir(folder):
        os.remove(os.path.join(folder, old))
for name, text in pages.items():
    path = os.path.join(folder, name)
    if write_pages:
        write(folder, name, text)
    with open(path, encoding="utf-8") as file:
        check(file.read() == text, f"{path} is not up to date: build the target 'reference'")
check(sorted(os.listdir(folder)) == sorted(pages), "one page for each model")
end()
