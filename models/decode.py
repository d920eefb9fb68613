"""From the network's two outputs to boxes: the words of CARD.md in numpy, for evaluation and as a pattern for the program."""

import numpy as np

STRIDE = 8


def peaks(heat):
    """True where a cell is not below any of its eight neighbours of the same class."""
    rows, columns = heat.shape[-2:]
    edge = np.pad(heat, [(0, 0), (1, 1), (1, 1)], constant_values=-1)
    around = [edge[:, r : r + rows, c : c + columns] for r in range(3) for c in range(3)]
    return heat >= np.max(around, axis=0)


def boxes(heat, box, least=0.05, overlap=0.5):
    """Rows [x0, y0, x1, y1, score, class] in pixels of the input, best first.

    heat [2, H, W] after the sigmoid; box [4, H, W]: logarithms of the distances, in cells of 8 pixels, from the middle of the
    cell to the left, upper, right and lower side.
    """
    kind, row, column = np.nonzero(peaks(heat) & (heat >= least))
    sides = np.exp(np.clip(box[:, row, column], -3, 5)) * STRIDE
    x, y = (column + 0.5) * STRIDE, (row + 0.5) * STRIDE
    width, height = heat.shape[2] * STRIDE, heat.shape[1] * STRIDE
    x0, x1 = np.clip([x - sides[0], x + sides[2]], 0, width)
    y0, y1 = np.clip([y - sides[1], y + sides[3]], 0, height)
    found = np.stack([x0, y0, x1, y1, heat[kind, row, column], kind], 1)
    return apart(found[np.argsort(-found[:, 4], kind="stable")], overlap)


def apart(found, overlap):
    """Of boxes of one class that overlap more than `overlap` (IoU), or lie within a better one, the best alone is kept."""
    kept = []
    for box in found:
        rivals = [other for other in kept if other[5] == box[5]]
        if all(iou(box, other) <= overlap and inside(box, other) <= 0.8 for other in rivals):
            kept.append(box)
    return np.array(kept, np.float32).reshape(-1, 6)


def shared_area(a, b):
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def iou(a, b):
    both = shared_area(a, b)
    return both / max(area(a) + area(b) - both, 1e-9)


def inside(a, b):
    """Share of a that lies within b."""
    return shared_area(a, b) / max(area(a), 1e-9)
