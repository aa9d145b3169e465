"""Gray-Scott by py-pde (numba) with fixed steps of Runge and Kutta: processor time a site and step, and the fields
after three times STEPS.

usage: peer_pypde.py N STEPS [FILE]   FILE: a .npy file for the two fields at the end, the first axis slowest
"""
import sys
import time

import numpy as np
import pde

FEED, KILL, DT = 0.037, 0.06, 0.5


def main():
    n, steps = int(sys.argv[1]), int(sys.argv[2])
    grid = pde.CartesianGrid([[0, n], [0, n]], [n, n], periodic=True)
    x = np.arange(n) - n / 2
    inside = x[:, None]**2 + x[None, :]**2 < 64
    start = [pde.ScalarField(grid, np.where(inside, a, b)) for a, b in ((0.5, 1.0), (0.25, 0.0))]
    rhs = {"u": f"0.16*laplace(u) - u*v**2 + {FEED}*(1 - u)", "v": f"0.08*laplace(v) + u*v**2 - {FEED + KILL}*v"}
    state = pde.FieldCollection(start)
    advance = pde.RungeKuttaSolver(pde.PDE(rhs), adaptive=False).make_stepper(state, dt=DT)
    taken = []
    for k in range(3):  # the first one compiles, too
        begin = time.process_time()
        advance(state, k * steps * DT, (k + 1) * steps * DT)
        taken.append(time.process_time() - begin)
    print(f"py-pde: {min(taken) * 1e9 / n**2 / steps:.2f} ns per site and step")
    if len(sys.argv) > 3:
        np.save(sys.argv[3], state.data)


main()
