"""U-Net in plain PyTorch, with Rondo's names: the rival's network, and an oracle for the tests' fixtures."""
import torch
import torch.nn.functional as F
from torch import nn


class Double(nn.Module):
    def __init__(self, inputs, outputs, norms=True):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=not norms)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=not norms)
        self.bn1, self.bn2 = [nn.BatchNorm2d(outputs) if norms else nn.Identity() for _ in range(2)]

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


class UNet(nn.Module):
    """Ronneberger et al.'s, with padded convolutions."""

    def __init__(self, width, depth, classes, norms=True):
        super().__init__()
        widths = [width * 2 ** level for level in range(depth + 1)]
        self.encoder = nn.ModuleList(
            Double(a, b, norms) for a, b in zip([3] + widths, widths))
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(2 * w, w, 2, stride=2) for w in widths[-2::-1])
        self.decoder = nn.ModuleList(Double(2 * w, w, norms) for w in widths[-2::-1])
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        seen = []
        for level, block in enumerate(self.encoder):
            x = block(F.max_pool2d(x, 2) if level else x)
            seen.append(x)
        for up, block, beside in zip(self.up, self.decoder, seen[-2::-1]):
            x = block(torch.cat([beside, up(x)], 1))
        return self.head(x)
