"""docs/reference/ says what the tables say. 'test_reference.py WEFT SOURCE write' brings it up to date."""
from program import *

folder = os.path.join(SOURCE, "docs", "reference")
cure = "run: cmake --build BUILD --target reference"
models = [line.split()[0] for line in weft("models").stdout.split("\n") if line and line[0] not in " '"]
write_pages = MPIEXEC == "write"
pages = {f"{model}.md": f"# Parameters of {model}\n\n" + weft("params", model, "--markdown").stdout for model in models}
pages["train.md"] = "# Keys of a training file\n\n" + weft("params", "train", "--markdown").stdout
if write_pages:
    os.makedirs(folder, exist_ok=True)
    for old in os.listdir(folder):
        os.remove(os.path.join(folder, old))
for name, text in pages.items():
    path = os.path.join(folder, name)
    if write_pages:
        write(folder, name, text)
    present = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            present = file.read()
    if not has("PETSC") and "petsc" in present:
        continue  # a build without PETSc does not offer its steppers
    check(present == text, f"docs/reference/{name} is {'not up to date' if present else 'missing'}; {cure}")
for extra in sorted(set(os.listdir(folder)) - set(pages)):
    check(False, f"docs/reference/{extra} belongs to no model or command; {cure}")
end()
