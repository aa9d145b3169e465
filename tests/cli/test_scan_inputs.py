"""The scans that are shipped: all expand; the critical velocity of phi^4 kinks; cells of the phase diagrams."""
import glob

import xarray

from program import *

SCANS = os.path.join(SOURCE, "inputs", "scans")


def run(path, out):
    done = weft("scan", "run", path, "--out", out, "-q", ranks=2)
    check(done.returncode == 0, f"{path}: code {done.returncode}: {done.stderr}")
    done = weft("scan", "collect", path, "--out", out, "-q")
    check(done.returncode == 0, f"collect {path}: code {done.returncode}: {done.stderr}")
    return xarray.open_dataset(os.path.join(out, "scan.nc")).load()


for path in sorted(glob.glob(os.path.join(SCANS, "*", "*.yaml"))):
    if os.path.basename(path) != "base.yaml":
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
axes: {{initial.velocity: {{values: [0.18, 0.1988, 0.2268, 0.2386, 0.3]}}}}
collect: [phi_center, kink_positions(2)]
derive: [bounces, v_out]
""")
    data = run(path, os.path.join(folder, "windows"))
    for v, bounces, out in ((0.1988, 2, 0.1596), (0.2268, 2, 0.196), (0.2386, 2, 0.208), (0.3, 1, 0.138)):
        point = data.sel(velocity=v)
        check(point.bounces == bounces and abs(float(point.v_out) - out) < 0.003,
              f"collision at {v}: {int(point.bounces)} bounces, v_out {float(point.v_out)}")
    check(data.v_out.sel(velocity=0.18) == 0 and data.bounces.sel(velocity=0.18) > 2, "a bion at 0.18")

    # Exponents of cells well inside their regions: Edwards-Wilkinson 1/4, random deposition 1/2, columnar
    # Edwards-Wilkinson 3/4, columnar KPZ 0.78 to 0.95, linear growth 1. The standard error with 4 or 6 replicas is about
    # 0.04 (of linear growth 0.005).
    for name, axis, cells in (("white", "noise", ((0.02, 0.0, 0.25, 0.16), (0.05, 0.6, 0.25, 0.16), (0.4, 0.9, 0.5, 0.1))),
                              ("columnar", "disorder", ((0.02, 0.0, 0.75, 0.16), (0.1, 0.6, 0.85, 0.16),
                                                        (0.5, 0.3, 1.0, 0.03)))):
        values = ", ".join(str(c[0]) for c in cells)
        lags = ", ".join(str(c[1]) for c in cells)
        path = write(folder, name + ".yaml", f"""base: {SOURCE}/inputs/kuramoto/phase_diagram_{name}/input.yaml
axes:
  kuramoto.{axis}: {{values: [{values}]}}
  kuramoto.phase_lag: {{values: [{lags}]}}
zip: [[kuramoto.{axis}, kuramoto.phase_lag]]
collect: [width2, slip_rate]
derive: [beta_eff, last(slip_rate)]
""")
        data = run(path, os.path.join(folder, name))
        for i, (value, lag, beta, error) in enumerate(cells):
            point = data.isel({axis: int(np.argmin(np.abs(data[axis].values - value)))})
            check(abs(float(point.beta_eff) - beta) < error,
                  f"{name}: exponent at {value}, lag {lag}: {float(point.beta_eff)}, expected {beta}")
            locked = value < 0.3
            check((float(point.last_slip_rate) < 1e-3) == locked, f"{name}: slips at {value}: {point.last_slip_rate}")
end()
