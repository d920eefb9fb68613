"""Train the model: python train.py --minutes 60 --out DIR [--resume]; on a GPU --device cuda --epochs N.

Writes DIR/last.pt (every --save minutes; --resume goes on from it), DIR/log.csv and, at the end, DIR/smoke_flame.onnx.
Samples depend on the seed and their number alone. What is not deterministic: with --minutes the learning rate follows the
clock and the number of steps the machine's speed (--epochs N does neither), sums in several threads round differently,
and --bf16 rounds where the processor can.
"""

import argparse
import csv
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # on a busy machine threads that spin cost six times the work
import torch

import camera_data
from export import export
from net import FROZEN, SmokeNet
from samples import Samples
from targets import box_loss, heat_loss

EPOCH = 4096  # samples
RATES = {"backbone": 3e-4, "rest": 1e-3}  # AdamW at the top of the schedule
AVERAGE = 0.995  # share that the running average of weights keeps at each step


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float)
    length.add_argument("--epochs", type=int)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seed", type=int, default=10)
    parser.add_argument("--save", type=float, default=2.0, help="minutes between checkpoints")
    parser.add_argument("--bf16", action="store_true", help="convolutions in bfloat16")
    return parser.parse_args()


class Training:
    """All that a checkpoint holds: network, its running average, optimiser, steps done, minutes spent."""

    def __init__(self, options):
        torch.manual_seed(options.seed)
        torch.set_num_threads(options.threads)
        self.options, self.steps, self.minutes = options, 0, 0.0
        self.net = SmokeNet(pretrained=True)
        self.net.backbone.freeze(FROZEN)
        self.net.to(options.device, memory_format=torch.channels_last).train()
        backbone = [p for p in self.net.backbone.parameters() if p.requires_grad]
        rest = [p for name, p in self.net.named_parameters() if not name.startswith("backbone")]
        groups = [{"params": backbone, "top": RATES["backbone"]}, {"params": rest, "top": RATES["rest"]}]
        self.optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
        self.average = {key: value.clone() for key, value in self.net.state_dict().items()}

    def share(self):
        """Share of the training done, 0..1."""
        if self.options.minutes:
            return min(1.0, self.minutes / self.options.minutes)
        return min(1.0, self.steps * self.options.batch / (self.options.epochs * EPOCH))

    def step(self, batch):
        """One batch; the two losses."""
        picture, heat, sides, sure, trust = [part.to(self.options.device) for part in batch]
        picture = picture.contiguous(memory_format=torch.channels_last)
        self.set_rate()
        with torch.autocast(torch.device(self.options.device).type, torch.bfloat16, enabled=self.options.bf16):
            logits, box = self.net.logits(picture)
        losses = heat_loss(logits.float(), heat, trust), box_loss(box.float(), sides, sure)
        self.optimiser.zero_grad()
        sum(losses).backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 10.0)
        self.optimiser.step()
        self.steps += 1
        self.add_to_average()
        return [loss.item() for loss in losses]

    def set_rate(self):
        """Up over the first 50 steps, then down along a cosine to a fiftieth."""
        share = torch.tensor(self.share() * torch.pi)
        factor = min(1.0, (self.steps + 1) / 50) * (0.02 + 0.98 * (1 + share.cos().item()) / 2)
        for group in self.optimiser.param_groups:
            group["lr"] = group["top"] * factor

    @torch.no_grad()
    def add_to_average(self):
        keep = min(AVERAGE, self.steps / (self.steps + 10))
        for key, value in self.net.state_dict().items():
            if value.is_floating_point():
                self.average[key].lerp_(value, 1 - keep)
            else:
                self.average[key].copy_(value)

    def save(self, path):
        state = {"net": self.net.state_dict(), "average": self.average, "optimiser": self.optimiser.state_dict(),
                 "steps": self.steps, "minutes": self.minutes, "seed": self.options.seed, "batch": self.options.batch}
        torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def load(self, path):
        state = torch.load(path, map_location=self.options.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average, self.steps, self.minutes = state["average"], state["steps"], state["minutes"]


def train(training, out):
    """Steps until the time or the epochs are over."""
    options = training.options
    samples = Samples(camera_data.shared(), options.seed, options.batch, training.steps)
    ahead = 4 if options.workers else None
    loader = torch.utils.data.DataLoader(samples, batch_size=None, num_workers=options.workers, prefetch_factor=ahead)
    started, saved = time.monotonic() - 60 * training.minutes, training.minutes
    with open(out / "log.csv", "a", newline="") as file:
        log = csv.writer(file, lineterminator="\n")
        sums = [0.0, 0.0]
        for batch in loader:
            if training.share() >= 1:
                return
            losses = training.step(batch)
            sums = [a + b for a, b in zip(sums, losses)]
            training.minutes = (time.monotonic() - started) / 60
            if training.steps % 25 == 0:
                log.writerow([training.steps, f"{training.minutes:.2f}", *(f"{value / 25:.4f}" for value in sums)])
                file.flush()
                sums = [0.0, 0.0]
            if training.minutes - saved >= options.save:
                training.save(out / "last.pt")
                saved = training.minutes


def main():
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    training, last = Training(options), options.out / "last.pt"
    if options.resume and last.is_file():
        training.load(last)
    train(training, options.out)
    training.save(last)
    export({key: value.cpu() for key, value in training.average.items()}, options.out / "smoke_flame.onnx")


if __name__ == "__main__":
    main()
