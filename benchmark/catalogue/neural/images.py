"""Images whose pixels are columns: what shape they have, and how they are moved about."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmark.errors import Incompatible
from benchmark.types import Floats, Task

if TYPE_CHECKING:
    from torch import Tensor

SMALLEST_SIDE = 4  # two poolings leave a pixel


def image_shape(name: str, task: Task) -> tuple[int, int]:
    """Height and width of the images. Raises Incompatible where the columns are no images."""
    if task.image_shape is None:
        raise Incompatible(f"{name} needs images, and the dataset has no image_shape")
    height, width = task.image_shape
    if height * width != task.n_columns:
        raise Incompatible(
            f"{name} needs the {height * width} pixels of images of {height} x {width}; "
            f"there are {task.n_columns} columns"
        )
    if min(height, width) < SMALLEST_SIDE:
        raise Incompatible(
            f"{name} needs images of {SMALLEST_SIDE} x {SMALLEST_SIDE} pixels or more; "
            f"these are {height} x {width}"
        )
    return height, width


@dataclass(frozen=True)
class Moves:
    """How each of some images is moved; all of shape (images,).

    Attributes:
        degrees: turned so far counterclockwise.
        down, right: shifted by so many pixels.
        zoom: enlarged by this factor.
        flip: mirrored left to right.
    """

    degrees: Floats
    down: Floats
    right: Floats
    zoom: Floats
    flip: NDArray[np.bool_]

    def affine(self, shape: tuple[int, int]) -> Floats:
        """Where each pixel comes from, shape (images, 2, 3): coordinates from -1 to 1, x first.

        Turned and enlarged about the middle, then shifted.
        """
        half = np.array([shape[1], shape[0]]) / 2  # pixels to 1
        angle = np.deg2rad(self.degrees)
        cos, sin = np.cos(angle) / self.zoom, np.sin(angle) / self.zoom
        back = np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2)
        back[:, 0] *= np.where(self.flip, -1.0, 1.0)[:, np.newaxis]
        shifted = np.stack([self.right, self.down], -1)
        origin = -np.einsum("nij,nj->ni", back, shifted) / half
        return np.concatenate([back * half / half[:, np.newaxis], origin[:, :, np.newaxis]], -1)


def moved(X: "Tensor", shape: tuple[int, int], moves: Moves) -> "Tensor":
    """Images of shape (images, pixels), each moved; what comes from outside is 0."""
    import torch
    from torch.nn import functional

    images = X.reshape(-1, 1, *shape)
    affine = torch.as_tensor(moves.affine(shape), dtype=X.dtype, device=X.device)
    grid = functional.affine_grid(affine, list(images.shape), align_corners=False)
    found = functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)
    return found.reshape(X.shape)


@dataclass(frozen=True)
class Augmentation:
    """Moves each image of a batch at random; `training.Plan.augment`.

    Attributes:
        rotation: degrees to either side at most.
        shift, scale: at most, to either side, as a share of the image's side and size.
        crop: the share of each side that is cut off at most; the rest is enlarged to fill it.
        flip: mirror half of the images.
        only: the class codes that are moved; None for all.
    """

    shape: tuple[int, int]
    rotation: float = 0.0
    shift: float = 0.0
    scale: float = 0.0
    crop: float = 0.0
    flip: bool = False
    only: tuple[int, ...] | None = None

    def __call__(self, X: "Tensor", y: "Tensor", random: np.random.Generator) -> "Tensor":
        """The batch as the network sees it this time; rows of other classes keep every bit."""
        import torch

        moves = self.drawn(len(X), random)
        found = moved(X, self.shape, moves)
        if self.only is None:
            return found
        chosen = torch.isin(y, torch.tensor(self.only, device=y.device, dtype=y.dtype))
        return torch.where(chosen[:, None], found, X)

    def drawn(self, count: int, random: np.random.Generator) -> Moves:
        """The moves of so many images; a place in a crop is drawn beside the shift."""
        height, width = self.shape
        side, down, right, *place = random.uniform(-1, 1, (5, count))
        cut = self.crop * random.uniform(0, 1, count)
        zoom = (1 + self.scale * random.uniform(-1, 1, count)) / (1 - cut)
        reach = cut / 2 * zoom  # a crop moves as far as it leaves room
        return Moves(
            degrees=self.rotation * side,
            down=height * (self.shift * down + reach * place[0]),
            right=width * (self.shift * right + reach * place[1]),
            zoom=zoom,
            flip=self.flip & (random.uniform(0, 1, count) < 0.5),
        )
