"""How an image becomes what a run's network sees, as the program does it."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    import torch
    from PIL.Image import Image

#: EXIF's number of the orientation, those of its values that lay an image on its side, and those by which the upright
#: image begins at the stored one's right or lower edge, from the left and from above.
ORIENTATION, SIDEWAYS, FROM_RIGHT, FROM_BELOW = 0x0112, (5, 6, 7, 8), (2, 3, 6, 7), (3, 4, 7, 8)


def preprocessing(about: dict[str, str]) -> Callable[[Any], "torch.Tensor"]:
    """The function that makes an input [1, 3, H, W] of a PIL image, by what an exported file says of it.

    As it was opened, an image is read as the program reads its file: upright by its EXIF block, what is transparent on
    white, of 16 bits the upper 8 of those that are filled, a large JPEG at a reduced size.
    """
    import torch
    from PIL import Image, ImageOps

    height, width, _ = (int(side) for side in about["size"].split("x"))
    short, bits = int(about["resize"]), int(about.get("filled_bits", 16))
    bicubic = about.get("interpolation") == "bicubic"
    kind = Image.Resampling.BICUBIC if bicubic else Image.Resampling.BILINEAR
    mean, deviation = (
        torch.tensor([float(word) for word in about[key].split()])[:, None, None] for key in ("mean", "deviation"))

    def preprocess(image: "Image") -> "torch.Tensor":
        turn = image.getexif().get(ORIENTATION)
        whole = image.size[::-1] if turn in SIDEWAYS else image.size
        times = _reduce(image, window(*whole, width, height, short), width, height)
        image = _on_white(ImageOps.exif_transpose(image), bits)
        if times == 1:
            whole = image.size
        # The last pixel of a reduced image may reach over the edge, which a turned one begins with.
        over = (
            image.width - whole[0] / times if turn in FROM_RIGHT else 0,
            image.height - whole[1] / times if turn in FROM_BELOW else 0)
        left, top, right, bottom = (edge / times for edge in window(*whole, width, height, short))
        box = (left + over[0], top + over[1], min(right + over[0], image.width), min(bottom + over[1], image.height))
        image = image.resize((width, height), kind, box)
        pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).view(height, width, 3)
        return ((pixels.permute(2, 0, 1) / 255 - mean) / deviation).unsqueeze(0)

    return preprocess


def window(across: int, down: int, width: int, height: int, short: int) -> tuple[float, float, float, float]:
    """The part of an image of so many pixels that is seen: left, top, right and bottom edge."""
    if (across, down) == (width, height) and short == min(width, height):
        return 0, 0, across, down
    if width != height:
        # As much of the middle as has the shape.
        pixel = min(across / width, down / height)
        left, top = (across - pixel * width) / 2, (down - pixel * height) / 2
        return left, top, left + pixel * width, top + pixel * height

    def middle(side: int) -> tuple[float, float]:
        scaled = side * short // min(across, down)
        first, pixel = round((scaled - width) / 2), side / scaled
        return first * pixel, (first + width) * pixel

    (left, right), (top, bottom) = middle(across), middle(down)
    return left, top, right, bottom


def _reduce(image: "Image", box: tuple[float, float, float, float], width: int, height: int) -> int:
    """Has a JPEG that is not read yet decoded at a half, a quarter or an eighth of its size, where the part that is seen
    still has more pixels than are wanted; returns how many times smaller it is."""
    share = min((box[2] - box[0]) / width, (box[3] - box[1]) / height)
    times = 8 if share >= 8 else 4 if share >= 4 else 2 if share >= 2 else 1
    size = (image.width // times, image.height // times)
    return times if times > 1 and image.draft(image.mode, size) else 1


def _on_white(image: "Image", bits: int) -> "Image":
    """An image as RGB: what is transparent on white, of 16 bits the upper 8 of those that are filled."""
    from PIL import Image

    if image.mode.startswith("I"):
        levels = [min(number >> (bits - 8), 255) for number in range(1 << 16)]
        image = image.convert("I").point(levels, "L")
    if "transparency" in image.info or image.mode in ("LA", "PA", "RGBA", "La", "RGBa"):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")
