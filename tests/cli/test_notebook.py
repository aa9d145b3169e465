"""The notebook of the tutorials: its cells run, by nbconvert where that is installed, and its phase diagram is right."""
import importlib.util
import json
import sys

from program import *

NOTEBOOK = os.path.join(SOURCE, "docs", "tutorials", "phase_diagram.ipynb")
environment = dict(os.environ, WEFT=WEFT, MPLBACKEND="Agg", PYTHONPATH=os.path.join(SOURCE, "drivers", "python"))

with scratch() as folder:
    if importlib.util.find_spec("nbconvert") and importlib.util.find_spec("ipykernel"):
        command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--output", os.path.join(folder, "done.ipynb"),
                   shutil.copy(NOTEBOOK, folder)]
    else:
        print("nbconvert is not installed: the cells are run as a program")
        with open(NOTEBOOK, encoding="utf-8") as file:
            cells = [cell for cell in json.load(file)["cells"] if cell["cell_type"] == "code"]
        text = "\n".join("".join(cell["source"]).replace("progress=True", "progress=False") for cell in cells)
        command = [sys.executable, write(folder, "cells.py", text)]
    out = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300)
    check(out.returncode == 0, f"the notebook: {out.stderr[-1500:]}")
    with h5py.File(os.path.join(folder, "diagram", "scan.nc")) as file:
        order, coupling = file["last_order_parameter"][...], file["coupling"][...]
    # 64 oscillators with gamma = 0.5: no order without coupling, r = sqrt(1 - 2 gamma/K) without noise (Kuramoto 1975) up to 1/sqrt(64)
    check(np.all(order[0] < 0.5) and abs(order[-1, 0] - np.sqrt(1 - 1 / coupling[-1])) < 0.15, f"order {order[0]} {order[-1, 0]}")
end()
