"""Write a trained network as ONNX of plain operators: batch statistics folded into the convolutions, fixed input 1x3x480x640."""

import sys
from pathlib import Path

import onnx
import torch
from torch.nn.utils.fusion import fuse_conv_bn_eval

from net import SmokeNet

HEIGHT, WIDTH = 480, 640
PLAIN = {"Conv", "Clip", "Relu", "Add", "Sub", "Mul", "Resize", "Sigmoid", "Constant"}


def folded(net):
    """The same network without batch normalisation."""
    net.eval()
    for part in (net.middle, net.fine, net.heat[0], net.box[0]):
        part[0], part[1] = fuse_conv_bn_eval(part[0], part[1]), torch.nn.Identity()
    return net


def without_identity(model):
    """The exporter shares equal tensors by Identity nodes: each becomes a tensor of its own."""
    source = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "Identity"}
    rest = [node for node in model.graph.node if node.op_type != "Identity"]
    for node in rest:
        for place, name in enumerate(node.input):
            while name in source:
                name = source[name]
            node.input[place] = name
    del model.graph.node[:]
    model.graph.node.extend(rest)
    return model


def export(weights, path):
    """Weights (a state dictionary of SmokeNet) to an ONNX file."""
    net = SmokeNet()
    net.load_state_dict(weights)
    torch.onnx.export(folded(net), torch.zeros(1, 3, HEIGHT, WIDTH), str(path), opset_version=13, dynamo=False,
                      input_names=["picture"], output_names=["heat", "box"])
    model = without_identity(onnx.load(str(path)))
    onnx.save(model, str(path))
    used = {node.op_type for node in model.graph.node}
    if used - PLAIN:
        sys.exit(f"{path}: operators {sorted(used - PLAIN)} are not among {sorted(PLAIN)}")
    onnx.checker.check_model(model, full_check=True)
    print(path, Path(path).stat().st_size, "bytes", sorted(used))


if __name__ == "__main__":
    export(torch.load(sys.argv[1], map_location="cpu", weights_only=True)["average"], sys.argv[2])
