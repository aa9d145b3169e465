#!/usr/bin/python3
"""Compare a result of one of these inputs with theory: print expected numbers, draw the figure.

    python3 compare.py CASE DIR [--png FILE]

CASE is the name of the folder of the input, DIR the result directory. Exit code 1 if a number is off.
Needs numpy, h5py, matplotlib.
"""
import argparse
import os
import sys

import h5py
import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

FAILED = []


def check(what, value, expected, tolerance):
    good = bool(abs(value - expected) <= tolerance)
    print(f"{'ok ' if good else 'OFF'} {what}: {value:.12g}, expected {expected:.12g} +- {tolerance:g}")
    if not good:
        FAILED.append(what)


def largest(values):
    return float(np.max(np.abs(values)))


def snapshots(axis, x, phi, times, t, exact, step=1):
    """Snapshots at some times, dots, over the exact profile, lines."""
    for i, time in enumerate(times):
        k = int(np.argmin(np.abs(t - time)))
        line, = axis.plot(x, exact(t[k]), lw=1, color=f"C{i}", label=f"t = {t[k]:.4g}")
        axis.plot(x[::step], phi[k][::step], ".", ms=3, color=line.get_color())
    axis.set(xlabel="x", ylabel="phi")
    axis.legend(frameon=False)


def linear_wave(series, fields, axes):
    x, t, phi = fields["x"][:], fields["time"][:], fields["phi"][...]
    n, length = len(x), len(x) * (x[1] - x[0])
    k = 2 * np.pi * np.fft.rfftfreq(n, length / n)
    start = np.fft.rfft(np.exp(-x**2 / 4))

    def exact(time):
        return np.fft.irfft(start * np.cos(np.sqrt(k**2 + 1) * time), n)

    error = np.array([largest(exact(time) - f) for time, f in zip(t, phi)])
    check("energy", series["energy"][0], 1.25 * np.sqrt(np.pi / 2), 1e-12)
    check("largest drift of the energy", largest(series["energy"][:] - series["energy"][0]), 0, 1e-13)
    check("largest error of phi", error.max(), 0, 1e-12)
    snapshots(axes[0], x, phi, [0, 10, 25, 50], t, exact, 3)
    axes[1].semilogy(t[1:], error[1:])
    axes[1].set(xlabel="time", ylabel="largest error of phi")


def static_kink(series, fields, axes):
    x, t, phi = fields["x"][:], fields["time"][:], fields["phi"][...]
    drift = np.array([largest(f - np.tanh(x / np.sqrt(2))) for f in phi])
    check("energy", series["energy"][-1], 2 * np.sqrt(2) / 3, 1e-10)
    check("largest distance from tanh(x/sqrt 2)", drift.max(), 0, 1e-10)
    snapshots(axes[0], x, phi, [0, 50], t, lambda time: np.tanh(x / np.sqrt(2)), 3)
    axes[1].semilogy(t, drift)
    axes[1].set(xlabel="time", ylabel="distance from tanh(x/sqrt 2)")


def breather(series, fields, axes):
    x, t, phi = fields["x"][:], fields["time"][:], fields["phi"][...]
    s = np.sqrt(0.75)

    def exact(time):
        return 4 * np.arctan(s * np.cos(0.5 * time) / (0.5 * np.cosh(s * x)))

    error = np.array([largest(exact(time) - f) for time, f in zip(t, phi)])
    check("energy", series["energy"][0], 16 * s, 1e-9)
    check("drift of the energy over six periods", series["energy"][-1] - series["energy"][0], 0, 1e-9)
    check("error after six periods", error[-1], 0, 1e-6)
    check("largest error of phi", error.max(), 0, 1e-5)
    snapshots(axes[0], x, phi, [0, np.pi, 2 * np.pi], t, exact, 2)
    axes[0].set_xlim(-15, 15)
    axes[1].semilogy(t[1:], error[1:])
    axes[1].set(xlabel="time", ylabel="largest error of phi")


def kink_collision(series, fields, axes):
    t, center, kinks = series["time"][:], series["phi_center"][:], series["kink_positions_2"][...]
    mass = 2 * np.sqrt(2) / 3
    late, early = t > 100, t < 20
    v_in = np.polyfit(t[early], kinks[early, 0], 1)[0]
    v_out = np.polyfit(t[late], kinks[late, 1], 1)[0]
    bounces = np.sum((center[1:] < 0) & (center[:-1] >= 0))
    check("energy", series["energy"][0], 2 * mass / np.sqrt(1 - 0.09), 1e-5)
    check("bounces", bounces, 1, 0)
    check("time of the bounce", t[np.argmin(center)], 30.68, 0.25)
    check("velocity before", v_in, 0.3, 0.002)
    check("velocity after", v_out, 0.138, 0.002)
    axes[0].imshow(fields["phi"][...], origin="lower", aspect="auto", cmap="RdBu_r", vmin=-1.6, vmax=1.6,
                   extent=(-60, 60, 0, t[-1]))
    axes[0].set(xlabel="x", ylabel="time")
    for side in (-1, 1):
        axes[1].plot(side * np.abs(kinks[:, 1]), t, color="C0")
    line = t[late]
    axes[1].plot(kinks[-1, 1] - 0.138 * (t[-1] - line), line, "k--", lw=1, label="velocity 0.138")
    axes[1].plot(10 - 0.3 * t[t < 30], t[t < 30], "k:", lw=1, label="velocity 0.3")
    axes[1].set(xlabel="positions of kink and antikink", ylabel="time")
    axes[1].legend(frameon=False)


def ring_wall(series, fields, axes):
    t, radius = series["time"][:], series["wall_area"][:] / (2 * np.pi)
    for time, expected, tolerance in ((10, 17.5514, 3e-3), (20, 10.804, 3e-3)):
        check(f"radius at t = {time}", radius[np.argmin(abs(t - time))], expected, tolerance)
    check("relative drift of the energy", largest(series["energy"][:] / series["energy"][0] - 1), 0, 5e-3)
    axes[0].imshow(fields["phi"][np.argmin(abs(fields["time"][:] - 24))], origin="lower", cmap="RdBu_r", vmin=-1.6,
                   vmax=1.6, extent=(-32, 32, -32, 32))
    axes[0].set(xlabel="x", ylabel="y", title="t = 24")
    axes[1].plot(t, radius, ".", ms=3, label="wall length/(2 pi)")
    axes[1].plot(t[t < 31.4], 20 * np.cos(t[t < 31.4] / 20), "k-", lw=1, label="20 cos(t/20)")
    axes[1].set(xlabel="time", ylabel="radius")
    axes[1].legend(frameon=False)


def radial(times, n=1200, dr=0.02, dt=0.002):
    """phi(0, t) of the bubble in three dimensions from u = r (phi - 1), which is odd in r."""
    r = dr * np.arange(1, n + 1)
    u, p, out = -1.5 * r * np.exp(-r**2 / 6), np.zeros(n), []

    def force(u):
        line = np.concatenate([-u[2::-1], [0], u, [0, 0, 0]])
        lap = (-49 / 18 * line[3:-3] + 1.5 * (line[4:-2] + line[2:-4]) - 0.15 * (line[5:-1] + line[1:-5])
               + (line[6:] + line[:-6]) / 90) / dr**2
        h = u / r
        return lap[1:] - u * (2 + h * (3 + h))

    f = force(u)
    for i in range(int(round(times[-1] / dt)) + 1):
        if len(out) < len(times) and abs(i * dt - times[len(out)]) < 0.5 * dt:
            out.append(1 + (1.5 * u[0] - 0.3 * u[1] + u[2] / 30) / dr)
        p += 0.5 * dt * f
        u = u + dt * p
        f = force(u)
        p += 0.5 * dt * f
    return np.array(out)


def bubble(series, fields, axes):
    t, center = series["time"][:], series["phi_center"][:]
    theory = radial(t)
    check("energy", series["energy"][0], 41.16854, 1e-4)
    check("relative drift of the energy", largest(series["energy"][:] / series["energy"][0] - 1), 0, 1e-4)
    check("largest error of phi(0, t)", largest(center - theory), 0, 1e-3)
    n = fields["phi"].shape[1]
    axes[0].imshow(fields["phi"][5, n // 2], origin="lower", cmap="RdBu_r", extent=(-10, 10, -10, 10))
    axes[0].set(xlabel="x", ylabel="y", title=f"z = 0, t = {fields['time'][5]:g}")
    axes[1].plot(t, theory, "k-", lw=1, label="radial equation")
    axes[1].plot(t, center, ".", ms=4, label="phi(0, t)")
    axes[1].set(xlabel="time", ylabel="phi at the centre")
    axes[1].legend(frameon=False)


def cubic_complex(series, fields, axes):
    t, energy = series["time"][:], series["energy"][:]
    a, third = 0.1, (np.pi / 2)**1.5
    check("energy", energy[0], 0.5 * a**2 * third * 4 - 0.25 * a**4 * (np.pi / 4)**1.5, 1e-9)
    check("relative drift of the energy", largest(energy / energy[0] - 1), 0, 1e-5)
    check("largest charge", largest(series["charge"][:]), 0, 1e-15)
    axes[0].plot(t, series["phi_max"][:], ".-")
    axes[0].set(xlabel="time", ylabel="largest |u|")
    axes[1].plot(t, energy / energy[0] - 1, ".-")
    axes[1].set(xlabel="time", ylabel="relative drift of the energy")


CASES = {f.__name__: f for f in (linear_wave, static_kink, breather, kink_collision, ring_wall, bubble, cubic_complex)}


def main():
    parser = argparse.ArgumentParser(description="Compare a result with theory.")
    parser.add_argument("case", choices=sorted(CASES))
    parser.add_argument("dir")
    parser.add_argument("--png", help="figure; default: theory.png in DIR")
    options = parser.parse_args()
    fields = None
    with h5py.File(os.path.join(options.dir, "series.nc"), "r") as series:
        path = os.path.join(options.dir, "fields.nc")
        if os.path.exists(path):
            fields = h5py.File(path, "r")
        figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), constrained_layout=True)
        CASES[options.case](series, fields, axes)
    figure.savefig(options.png or os.path.join(options.dir, "theory.png"), dpi=90)
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
