"""The growth exponent over the Hurst index, beside linear theory, and the map of classes: plot.py RESULT_DIR [FILE]."""
import sys

import matplotlib

matplotlib.use("Agg")
import h5py
import matplotlib.pyplot as plt

out = sys.argv[1] if len(sys.argv) > 1 else "out/white_to_columnar"
with h5py.File(f"{out}/scan.nc") as f:
    hurst, lag = f["hurst"][...], f["phase_lag"][...]
    beta, error, group = f["beta_decade"][...], f["beta_decade_stderr"][...], f["class"][...]
    if beta.shape[0] != len(hurst):
        beta, error, group = beta.T, error.T, group.T

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), constrained_layout=True)
colours = plt.get_cmap("viridis")
for j, delta in enumerate(lag):
    left.errorbar(hurst, beta[:, j], error[:, j], marker="o", ms=4, lw=1, color=colours(j / len(lag)), label=rf"$\delta={delta:g}$")
left.plot([0.5, 1], [0.25, 0.75], "k--", lw=1.2, label=r"linear theory, $H-1/4$")
left.plot([0.5, 1], [0.5, 1], "k:", lw=1.2, label=r"uncoupled, $H$")
left.set(xlabel="Hurst index $H$ of the noise", ylabel=r"$\beta$ ($W\sim t^\beta$, last decade)", ylim=(0.15, 1.55))
left.legend(fontsize=7, ncol=2)
names = ["undecided", "slipping", "skewed", "symmetric"]
# colours that are told apart in grey and by colour-blind readers (Okabe and Ito)
marks = ["x", "s", "^", "o"]
paint = ["0.6", "#d55e00", "#56b4e9", "#000000"]
for number, name in enumerate(names):
    i, j = (group == number).nonzero()
    if len(i):
        right.scatter(hurst[i], lag[j], marker=marks[number], s=70, color=paint[number], label=name)
right.set(xlabel="Hurst index $H$ of the noise", ylabel=r"phase lag $\delta$")
right.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, 1.14), ncol=3, frameon=False)
figure.savefig(sys.argv[2] if len(sys.argv) > 2 else f"{out}/white_to_columnar.png", dpi=110)
