"""Does a GPU say what the processor says? `python benchmarks/device_agreement.py [--networks N]`, where there is one.

Drawn networks, dense and convolutional, with points near and on their boundaries. For both types of float: the
enclosures of both devices meet, the floats of each are in its own, and a sign that is sure on one is never the
opposite on the other. In float64 the proven counts of folded hyperplanes fit together as well. Exits with 1 at the
first contradiction, and with 0, saying so, where torch finds no GPU.
"""

from __future__ import annotations

import argparse
from collections import Counter

import torch
from torch import Tensor, nn

from polybn.statistical.counting.crossings import crossings
from polybn.statistical.device import spelled
from polybn.statistical.enclosures.tracing import Traced, trace


def dense(numbers: torch.Generator, dtype: torch.dtype) -> tuple[nn.Module, Tensor]:
    """Small whole weights, so that many points are on boundaries; and such points."""
    size, width = (int(torch.randint(1, 40, (), generator=numbers)) for _ in range(2))
    layers: list[nn.Module] = []
    for inputs in (size, width, width):
        linear = nn.Linear(inputs, width)
        linear.weight.data = torch.randint(-3, 4, (width, inputs), generator=numbers).float()
        linear.bias.data = torch.randint(-1, 2, (width,), generator=numbers).float()
        layers += [linear, nn.BatchNorm1d(width), nn.LeakyReLU(0.1)]
    near = torch.randint(-2, 3, (60, size), generator=numbers).to(dtype)
    moved = near + 2.0**-20 * torch.randint(-1, 2, near.shape, generator=numbers)
    return nn.Sequential(*layers), torch.cat([moved, torch.randn(60, size, generator=numbers, dtype=dtype)])


def convolutional(numbers: torch.Generator, dtype: torch.dtype) -> tuple[nn.Module, Tensor]:
    """Three layers with pooling, and normal images."""
    width = int(torch.randint(1, 12, (), generator=numbers))
    layers: list[nn.Module] = []
    for inputs in (3, width, width):
        layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
    module = nn.Sequential(*layers, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(width * 16, 3), nn.Hardtanh())
    return module, torch.randn(20, 3, 8, 8, generator=numbers, dtype=dtype)


def compared(first: Traced, second: Traced, x: Tensor, device: torch.device, found: Counter[str]) -> None:
    """Enclosures and signs of all pre-activations on both devices."""
    ours = first.enclosed(x, at=first.activations)
    with torch.backends.cudnn.flags(enabled=False):
        theirs = second.enclosed(x.to(device), at=second.activations)
        floats = second.read(x.to(device), at=second.activations)
    for step in first.activations:
        one, two = ours[step.name], theirs[step.name]
        other = type(two)(two.midpoint.cpu(), two.radius.cpu())
        found["apart"] += int(((one.lower > other.upper) | (other.lower > one.upper)).sum())
        value = floats[step.name].cpu()
        found["outside"] += int(((value < other.lower) | (value > other.upper)).sum())
        for point in step.operation.breakpoints:  # type: ignore[attr-defined]
            signs = one.signs(point) * other.signs(point)
            found["sure on both"] += int((signs > 0).sum())
            found["unsure on one"] += int((signs == 0).sum())
            found["opposite"] += int((signs < 0).sum())


def counted(first: Traced, second: Traced, x: Tensor, device: torch.device, found: Counter[str]) -> None:
    """Folded hyperplanes through balls: what one proves to pass, the other may not prove to miss."""
    one, two = (crossings(part, x.to(where), 0.1, 50, seed=0) for part, where in ((first, "cpu"), (second, device)))
    found["balls and layers"] += one.lower.numel()
    found["same estimate"] += int((one.estimate == two.estimate).sum())
    found["bracket"] += int(((one.lower > two.upper) | (two.lower > one.upper)).sum())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=200)
    parser.add_argument(
        "--device", default="cuda", help="'cpu' compares the processor with itself, as a test of this script"
    )
    given = parser.parse_args()
    if given.device.startswith("cuda") and not torch.cuda.is_available():
        print(f"torch {torch.__version__} finds no GPU here, so there is nothing to compare.")
        return 0
    device = torch.device(given.device)
    torch.backends.cuda.matmul.allow_tf32 = False
    wrong = 0
    for dtype in (torch.float32, torch.float64):
        found = Counter[str]()
        for seed in range(given.networks):
            torch.manual_seed(seed)
            draw = convolutional if seed % 2 else dense
            module, x = draw(torch.Generator().manual_seed(seed), dtype)
            module = module.to(dtype).eval()
            first = trace(module)
            second = trace(module.to(device))
            compared(first, second, x, device, found)
            if dtype == torch.float64 and seed < 40:
                counted(first, second, x[:6], device, found)
        print(f"{dtype} on {spelled(device)}, {given.networks} networks: {dict(found)}")
        wrong += sum(found[name] for name in ("apart", "outside", "opposite", "bracket"))
    print("They agree." if not wrong else f"{wrong} contradictions.")
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
