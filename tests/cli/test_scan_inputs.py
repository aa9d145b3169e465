"""The scans that are shipped: all expand; the critical velocity of phi^4 kinks; cells of the phase diagrams."""
import glob

import xarray
import yaml

from program import *

SCANS = os.path.join(SOURCE, "inputs", "scans")


def run(path, out):
    done = weft("scan", "run", path, "--out", out, "-q", ranks=2)
    check(done.returncode == 0, f"{path}: code {done.returncode}: {done.stderr}")
    done = weft("scan", "collect", path, "--out", out, "-q")
    check(done.returncode == 0, f"collect {path}: code {done.returncode}: {done.stderr}")
    return xarray.open_dataset(os.path.join(out, "scan.nc")).load()


for path in sorted(glob.glob(os.path.join(SCANS, "*", "*.yaml"))):
    if os.path.basename(path) not in ("base.yaml", "threshold_base.yaml", "random_base.yaml", "expected.yaml"):
        done = weft("scan", "expand", path)
        check(done.returncode == 0 and len(done.stdout.splitlines()) > 2, f"{path}: {done.stderr}")

with scratch() as folder:
    # v_c in [0.2595, 0.2602]: Campbell, Schonfeld, Wingate, Physica D 9, 1 (1983) has 0.2598; the longer pairs are
    # watched, the nearer to 0.2600
    data = run(os.path.join(SCANS, "phi4_critical_velocity", "scan.yaml"), os.path.join(folder, "velocity"))
    below = float(data.velocity[data.bounces > 1.5].max())
    above = float(data.velocity[data.bounces < 1.5].min())
    check(0.2595 < below < above < 0.2602 and above - below < 3e-5, f"critical velocity: {below} to {above}")

    # velocities in and between the two-bounce windows, and above: (bounces, v_out or None: bound)
    path = write(folder, "windows.yaml", f"""base: {SOURCE}/inputs/klein_gordon/kink_collision/input.yaml
axes: {{initial.velocity: {{values: [0.18, 0.1988, 0.2268, 0.2386, 0.3, 0.4, 0.6, 0.8]}}}}
collect: [phi_center, kink_positions(2)]
derive: [bounces, v_out]
""")
    data = run(path, os.path.join(folder, "windows"))
    for v, bounces, out in ((0.1988, 2, 0.1596), (0.2268, 2, 0.196), (0.2386, 2, 0.208), (0.3, 1, 0.138),
                           (0.4, 1, 0.279), (0.6, 1, 0.492), (0.8, 1, 0.716)):  # these reach the sponge
        point = data.sel(velocity=v)
        check(point.bounces == bounces and abs(float(point.v_out) - out) < 0.003,
              f"collision at {v}: {int(point.bounces)} bounces, v_out {float(point.v_out)}")
    check(data.v_out.sel(velocity=0.18) == 0 and data.bounces.sel(velocity=0.18) > 2, "a bion at 0.18")

    # Cells of the phase diagrams against those of an independent program, within the scatter of single runs that
    # expected.yaml states; slow: all 71 cells, as shipped.
    for name, axis in (("white", "noise"), ("columnar", "disorder")):
        shipped = os.path.join(SCANS, f"phase_diagram_{name}")
        with open(os.path.join(shipped, "expected.yaml"), encoding="utf-8") as file:
            expected = yaml.safe_load(file)
        few = write(folder, name + ".yaml", f"""base: {SOURCE}/inputs/kuramoto/phase_diagram_{name}/input.yaml
axes:
  kuramoto.{axis}: {{values: [0.02, 0.2]}}
  kuramoto.phase_lag: {{values: [0.0, 0.9, 1.5]}}
collect: [width2, slip_rate, skewness]
derive: [beta_eff, last(slip_rate)]
""")
        data = run(os.path.join(shipped, "scan.yaml") if os.environ.get("WEFT_SLOW") else few, os.path.join(folder, name))
        check(len(expected) == {"white": 36, "columnar": 35}[name], f"{name}: {len(expected)} cells")
        compared = 0
        for row in expected:
            value, lag = row["at"][axis], row["at"]["phase_lag"]
            if not (np.isclose(data[axis], value).any() and np.isclose(data.phase_lag, lag).any()):
                continue
            point = data.sel({axis: value, "phase_lag": lag}, method="nearest")
            beta, slips = float(point.beta_eff), float(point.last_slip_rate)
            check(abs(beta - row["value"]) < row["tolerance"],
                  f"{name}: exponent at {value}, lag {lag}: {beta}, expected {row['value']} within {row['tolerance']}")
            check(lag > 0.5 or (slips < 1e-3) == (value < 0.3), f"{name}: slips at {value}, {lag}: {slips}")
            compared += 1
        check(compared == data.beta_eff.size, f"{name}: {compared} cells compared")
end()
