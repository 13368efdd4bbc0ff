"""Rondo's own networks in plain PyTorch: for the benchmark to train, and for the tests to agree with."""
import torch.nn as nn
import torch.nn.functional as F


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)) + shortcut)


class ResNet11(nn.Module):
    def __init__(self, channels=1, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, 2, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(32)
        self.layer1 = BasicBlock(32, 32)
        self.layer2 = nn.Sequential(BasicBlock(32, 64, 2), BasicBlock(64, 64))
        self.layer3 = BasicBlock(64, 128, 2)
        self.fc = nn.Linear(128, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(x.mean((2, 3)))


class ResNetCIFAR(nn.Module):
    def __init__(self, depth, channels=1, classes=10):
        super().__init__()
        blocks = (depth - 2) // 6
        self.conv1 = nn.Conv2d(channels, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = self.stage(16, 16, 1, blocks)
        self.layer2 = self.stage(16, 32, 2, blocks)
        self.layer3 = self.stage(32, 64, 2, blocks)
        self.fc = nn.Linear(64, classes)

    @staticmethod
    def stage(inputs, outputs, stride, blocks):
        return nn.Sequential(
            BasicBlock(inputs, outputs, stride),
            *[BasicBlock(outputs, outputs) for _ in range(blocks - 1)])

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(x.mean((2, 3)))


class NormedConvolution(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class ResNet9(nn.Module):
    def __init__(self, channels=1, classes=10):
        super().__init__()
        self.prep = NormedConvolution(channels, 64)
        self.layer1, self.residual1 = NormedConvolution(64, 128), self.residual(128)
        self.layer2 = NormedConvolution(128, 256)
        self.layer3, self.residual3 = NormedConvolution(256, 512), self.residual(512)
        self.linear = nn.Linear(512, classes, bias=False)

    @staticmethod
    def residual(width):
        return nn.Sequential(NormedConvolution(width, width), NormedConvolution(width, width))

    def forward(self, x):
        x = F.max_pool2d(self.layer1(self.prep(x)), 2)
        x = F.max_pool2d(self.layer2(x + self.residual1(x)), 2)
        x = F.max_pool2d(self.layer3(x), 2)
        x = x + self.residual3(x)
        return self.linear(x.amax((2, 3))) * 0.125


def network(name, channels=1, classes=10):
    """Makes the network that Rondo calls by this name."""
    if name == "resnet-11":
        return ResNet11(channels, classes)
    if name == "resnet-9":
        return ResNet9(channels, classes)
    return ResNetCIFAR(int(name.removeprefix("resnet-")), channels, classes)
