"""Correlated fields as independent blocks: block lengths, bootstrap, tests."""
import numpy as np
from scipy import stats


def correlation_length(values, axis):
    """Integrated autocorrelation length along an axis, in points (1 for independent ones), up to the first crossing of
    zero [A. Sokal, Monte Carlo Methods in Statistical Mechanics (1997)]."""
    x = np.moveaxis(values - values.mean(), axis, -1).reshape(-1, values.shape[axis])
    n = x.shape[1]
    if n < 2 or not np.any(x):
        return 1.0
    power = np.abs(np.fft.rfft(x, 2 * n, axis=1)) ** 2
    c = np.fft.irfft(power.mean(axis=0))[:n] / np.arange(n, 0, -1)
    rho = c / c[0]
    negative = np.flatnonzero(rho <= 0)
    end = min(negative[0] if negative.size else n, max(n // 2, 1))
    return float(1 + 2 * rho[1:end].sum())


def block_shape(values):
    """Points of a block along each axis: four integrated correlation lengths, so that blocks are nearly independent."""
    return [int(min(size, np.ceil(4 * correlation_length(values, axis)))) for axis, size in enumerate(values.shape)]


def cut(values, shape):
    """Blocks as rows; what is left at the upper ends is not used."""
    counts = [size // b for size, b in zip(values.shape, shape)]
    x = values[tuple(slice(0, c * b) for c, b in zip(counts, shape))]
    x = x.reshape([n for pair in zip(counts, shape) for n in pair])
    order = [2 * i for i in range(len(shape))] + [2 * i + 1 for i in range(len(shape))]
    return x.transpose(order).reshape(int(np.prod(counts)), -1)


def spread(values):
    """The standard deviation, or what that of a Gaussian as wide as the densest quarter of the values would be, where this is
    smaller: a field that lies near two vacua is as wide as one of them."""
    x = np.sort(values, axis=None)
    quarter = max(len(x) // 4, 1)
    return min(float(x.std()), float(np.min(x[quarter:] - x[:-quarter])) / 0.6373 if len(x) > 4 else np.inf)


def kernel_density(blocks, edges, draws=200, seed=1):
    """Gaussian kernel density on the bins of edges and its block-bootstrap error (None for fewer than 4 blocks).

    The bandwidth is Scott's for the spread of the values and as many independent points as there are blocks."""
    histogram = np.array([np.histogram(block, edges)[0] for block in blocks], float)
    width = edges[1] - edges[0]
    bandwidth = max(spread(blocks) * len(blocks) ** -0.2, width)
    centres = edges[:-1] + width / 2
    kernel = stats.norm.pdf(centres[:, None], centres, bandwidth)
    density = kernel @ (histogram.sum(axis=0) / histogram.sum())
    if len(blocks) < 4:
        return centres, density, None, bandwidth
    chosen = np.random.default_rng(seed).integers(len(blocks), size=(draws, len(blocks)))
    sums = histogram[chosen].sum(axis=1)
    return centres, density, ((sums / sums.sum(axis=1, keepdims=True)) @ kernel.T).std(axis=0, ddof=1), bandwidth


def cliff_delta(first, second):
    """P(x > y) - P(x < y) for x of the first, y of the second."""
    ordered = np.sort(second, axis=None)
    below = np.searchsorted(ordered, first.ravel(), "left")
    above = ordered.size - np.searchsorted(ordered, first.ravel(), "right")
    return float((below.sum() - above.sum()) / (first.size * ordered.size))


def compare(first, second, draws=200, seed=1):
    """Two sets of blocks: effect sizes of the values with errors by block bootstrap, tests on the means of the blocks."""
    random = np.random.default_rng(seed)
    sample = [(first[random.integers(len(first), size=len(first))], second[random.integers(len(second), size=len(second))])
              for _ in range(draws)]
    pooled = np.sqrt((first.var() + second.var()) / 2)
    differences = [a.mean() - b.mean() for a, b in sample]
    test = stats.mannwhitneyu(first.mean(axis=1), second.mean(axis=1))
    spread = stats.mannwhitneyu(first.std(axis=1), second.std(axis=1))
    return {"difference_of_means": {"value": float(first.mean() - second.mean()), "stderr": float(np.std(differences, ddof=1))},
            "cohen_d": float((first.mean() - second.mean()) / pooled) if pooled > 0 else None,
            "cliff_delta": {"value": cliff_delta(first, second),
                            "stderr": float(np.std([cliff_delta(a, b) for a, b in sample[:50]], ddof=1))},
            "mann_whitney_of_block_means": {"p_value": float(test.pvalue), "blocks": [len(first), len(second)]},
            "mann_whitney_of_block_deviations": {"p_value": float(spread.pvalue)}}
