"""Colours that print and that colour-blind readers can tell apart."""

# Okabe and Ito's palette.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
SEQUENTIAL, DIVERGING, CYCLIC = "cividis", "RdBu_r", "twilight"
