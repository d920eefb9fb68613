"""What the network shall say of a picture with known boxes, and the loss where it says something else."""

import numpy as np
import torch
from torch.nn import functional

from net import CLASSES, STRIDE

BOX_FROM = 0.5  # cells with at least this share of a box's peak learn its sides


def targets(boxes, ignored, weight, height, width):
    """Heat, distances to the sides in cells, weight of the sides, weight of the heat: arrays on the grid of cells.

    `ignored` are boxes [x0, y0, x1, y1] of which nothing is known; `weight` is that of cells without a box.
    """
    rows, columns = height // STRIDE, width // STRIDE
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32) + 0.5
    heat = np.zeros((len(CLASSES), rows, columns), np.float32)
    sides, sure = np.zeros((4, rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    trust = np.full((len(CLASSES), rows, columns), weight, np.float32)
    for x0, y0, x1, y1 in np.asarray(ignored, np.float32).reshape(-1, 4) / STRIDE:
        trust[:, (y > y0) & (y < y1) & (x > x0) & (x < x1)] = 0
    order = sorted(boxes, key=lambda box: -(box[2] - box[0]) * (box[3] - box[1]))  # the smaller one wins a shared cell
    for x0, y0, x1, y1, kind in order:
        x0, y0, x1, y1 = (float(v) / STRIDE for v in (x0, y0, x1, y1))
        column, row = min(int((x0 + x1) / 2), columns - 1), min(int((y0 + y1) / 2), rows - 1)
        across, down = max((x1 - x0) / 6, 0.7), max((y1 - y0) / 6, 0.7)
        peak = np.exp(-((x - column - 0.5) ** 2 / (2 * across**2) + (y - row - 0.5) ** 2 / (2 * down**2)))
        heat[int(kind)] = np.maximum(heat[int(kind)], peak)
        here = (peak >= BOX_FROM) & (x > x0) & (x < x1) & (y > y0) & (y < y1)
        here[row, column] = True
        sides[:, here] = np.maximum(np.stack([x - x0, y - y0, x1 - x, y1 - y]), 0.1)[:, here]
        sure[here] = peak[here]
        trust[int(kind)] = np.where(peak > 0.01, 1, trust[int(kind)])
    return heat, sides, sure, trust


def heat_loss(logits, heat, trust):
    """Focal loss of CenterNet (Zhou et al. 2019, equation 1): alpha 2, beta 4; a sum over cells for one box."""
    said = logits.sigmoid()
    at_peak = heat >= 0.999
    hit = functional.logsigmoid(logits) * (1 - said) ** 2 * at_peak
    miss = functional.logsigmoid(-logits) * said**2 * (1 - heat) ** 4 * ~at_peak
    return -((hit + miss) * trust).sum() / at_peak.sum().clamp(min=1)


def box_loss(box, sides, sure):
    """Generalised IoU of boxes around the same cell (Rezatofighi et al. 2019), weighted by nearness to the middle."""
    said = box.clamp(-3, 5).exp()
    left, up, right, down = said.unbind(1)
    left_t, up_t, right_t, down_t = sides.unbind(1)
    area, area_t = (left + right) * (up + down), (left_t + right_t) * (up_t + down_t)
    shared = (torch.min(left, left_t) + torch.min(right, right_t)) * (torch.min(up, up_t) + torch.min(down, down_t))
    hull = (torch.max(left, left_t) + torch.max(right, right_t)) * (torch.max(up, up_t) + torch.max(down, down_t))
    union = (area + area_t - shared).clamp(min=1e-6)
    giou = shared / union - (hull - union) / hull.clamp(min=1e-6)
    return ((1 - giou) * sure).sum() / sure.sum().clamp(min=1)
