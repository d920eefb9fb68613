"""Probability of detection by size: a logistic curve in the logarithm of the area, with intervals by drawing fires again."""
import numpy as np

DRAWS = 300
# Stands for a size that a draw of the fires does not give, m2
ENDLESS = 1e12
# Half a fire found and half a fire missed are added in the middle of the areas: fires that part wholly give a steep curve, not an endless one.
PRIOR = 0.5


def logistic(log_area, found, weights=None):
    """Intercept and slope of logit P = a + b ln A (Newton's steps on the penalised likelihood)."""
    x = np.append(log_area, [np.mean(log_area)] * 2)
    y = np.append(np.asarray(found, float), [0.0, 1.0])
    w = np.append(np.ones(len(log_area)) if weights is None else weights, [PRIOR, PRIOR])
    middle, scale = x.mean(), max(x.std(), 1e-9)
    design = np.column_stack([np.ones_like(x), (x - middle) / scale])
    beta = np.zeros(2)
    # a weak ridge on the slope alone keeps separated fires finite
    ridge = np.diag([1e-9, 1e-3])
    for _ in range(60):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ beta, -30, 30)))
        gradient = design.T @ (w * (y - p)) - ridge @ beta
        curvature = (design * (w * p * (1 - p))[:, None]).T @ design + ridge
        step = np.linalg.solve(curvature, gradient)
        beta = beta + np.clip(step, -3, 3)
        if np.abs(step).max() < 1e-8:
            break
    slope = beta[1] / scale
    return beta[0] - slope * middle, slope


def area_at(share, a, b):
    """The area at which a share is found; None where the curve does not rise."""
    power = (np.log(share / (1 - share)) - a) / b if b > 0 else np.inf
    return float(np.exp(power)) if power < 50 else None


def sizes(areas, found, seed=1):
    """A50 and A90 with 95 % intervals, and whether they lie inside the areas that were tried."""
    areas, found = np.asarray(areas, float), np.asarray(found, bool)
    if len(areas) == 0:
        return {"fires": 0, "found": 0}
    draws = np.random.default_rng(seed)
    log_area = np.log(areas)
    a, b = logistic(log_area, found)
    result = {"fires": len(areas), "found": int(found.sum()), "intercept": float(a), "slope": float(b)}
    again = []
    for _ in range(DRAWS):
        chosen = draws.integers(0, len(areas), len(areas))
        again.append(logistic(log_area[chosen], found[chosen]))
    for name, share in [("a50", 0.5), ("a90", 0.9)]:
        size = area_at(share, a, b)
        if size is None or not areas.min() <= size <= areas.max():
            # a curve is not prolonged beyond what was tried
            above = size is None or size > areas.max()
            result[name] = {"above": float(areas.max())} if above else {"below": float(areas.min())}
            continue
        others = np.array([ENDLESS if s is None else s for s in (area_at(share, *pair) for pair in again)])
        low, high = np.percentile(others, [2.5, 97.5])
        result[name] = {"m2": size, "low": float(low), "high": float(high) if high < ENDLESS / 2 else None}
    return result


def wilson(hits, n, z=1.96):
    """The 95 % interval of a share."""
    if n == 0:
        return (0.0, 1.0)
    p = hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (max(0.0, float(middle - half)), min(1.0, float(middle + half)))


def poisson_high(count):
    """The upper end of the 95 % interval of a rare count (Garwood, by a normal approximation of Wilson and Hilferty)."""
    k = count + 1
    return float(k * (1 - 1 / (9 * k) + 1.96 / (3 * np.sqrt(k))) ** 3)


def poisson_low(count):
    """The lower end."""
    return 0.0 if count == 0 else float(count * (1 - 1 / (9 * count) - 1.96 / (3 * np.sqrt(count))) ** 3)
