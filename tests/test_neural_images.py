"""Moving images about: what can be done by hand is what the network is shown."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import affine_transform

from benchmark.catalogue.neural.images import Augmentation, Moves, image_shape, moved
from benchmark.errors import Incompatible
from benchmark.types import Task

torch = pytest.importorskip("torch")

SHAPE = (6, 9)
IMAGES = np.random.default_rng(0).uniform(1, 2, (4, *SHAPE)).astype(np.float32)
SQUARES = IMAGES[:, :, :6]
ALL = {"rotation": 30.0, "shift": 0.2, "scale": 0.3, "crop": 0.2, "flip": True}
TASK = Task(seed=0, class_counts=(5, 5), n_columns=54, image_shape=SHAPE)


def moves(count: int = 4, **given: float) -> Moves:
    """The same move of each image; without any, none."""
    settings = {"degrees": 0.0, "down": 0.0, "right": 0.0, "zoom": 1.0} | given
    flip = np.full(count, bool(settings.pop("flip", False)))
    return Moves(**{name: np.full(count, value) for name, value in settings.items()}, flip=flip)


def after(images: Any, **given: float) -> Any:
    """Images as they are once moved."""
    rows = torch.as_tensor(images.reshape(len(images), -1))
    return moved(rows, images.shape[1:], moves(len(images), **given)).numpy().reshape(images.shape)


def batch(augmentation: Augmentation, seed: int = 3, y: Any = (0, 1, 2, 1)) -> Any:
    rows = torch.as_tensor(IMAGES.reshape(4, -1))
    found = augmentation(rows, torch.tensor(y), np.random.default_rng(seed))
    assert_array_equal(rows.numpy(), IMAGES.reshape(4, -1))
    return found.numpy()


def test_no_move_changes_nothing() -> None:
    assert_allclose(after(IMAGES), IMAGES, atol=1e-5)
    assert_allclose(batch(Augmentation(SHAPE)), IMAGES.reshape(4, -1), atol=1e-5)


@pytest.mark.parametrize(("down", "right"), [(1, 0), (0, 1), (-2, 0), (0, -3), (2, 1)])
def test_a_shift_by_whole_pixels_is_a_roll_away_from_the_border(down: int, right: int) -> None:
    found = after(IMAGES, down=down, right=right)

    rolled = np.roll(IMAGES, (down, right), axis=(1, 2))
    inside = np.roll(
        np.pad(np.ones((6 - abs(down), 9 - abs(right))), ((0, abs(down)), (0, abs(right)))),
                     (max(down, 0), max(right, 0)), axis=(0, 1))  # fmt: skip
    assert_allclose(found, rolled * inside, atol=1e-5)


def test_half_a_turn_is_two_quarter_turns_and_a_quarter_turn_is_counterclockwise() -> None:
    assert_allclose(after(IMAGES, degrees=180), np.rot90(IMAGES, 2, axes=(1, 2)), atol=1e-5)
    assert_allclose(after(SQUARES, degrees=90), np.rot90(SQUARES, axes=(1, 2)), atol=1e-5)


def test_a_flip_is_left_to_right() -> None:
    assert_allclose(after(IMAGES, flip=True), IMAGES[:, :, ::-1], atol=1e-5)


def test_a_turned_enlarged_and_shifted_image_is_that_of_scipy() -> None:
    found = after(IMAGES, degrees=25, zoom=1.3, down=0.7, right=-1.2)

    angle = np.deg2rad(25)
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) / 1.3
    middle = (np.array(SHAPE) - 1) / 2
    offset = middle - back @ (middle + np.array([0.7, -1.2]))
    for image, ours in zip(IMAGES, found, strict=True):
        scipys = affine_transform(image, back, offset, order=1, mode="grid-constant")
        assert_allclose(ours, scipys, atol=1e-5)


def test_the_same_seed_moves_alike_and_another_does_not() -> None:
    augmentation = Augmentation(SHAPE, **ALL)

    assert_array_equal(batch(augmentation), batch(augmentation))
    assert np.abs(batch(augmentation) - batch(augmentation, seed=4)).max() > 0.1


def test_each_image_is_moved_in_its_own_way() -> None:
    same = np.repeat(IMAGES[:1].reshape(1, -1), 4, axis=0)

    found = Augmentation(SHAPE, **ALL)(
        torch.as_tensor(same), torch.zeros(4), np.random.default_rng(0)
    ).numpy()

    assert len(np.unique(found, axis=0)) == 4


def test_rows_of_other_classes_keep_every_bit() -> None:
    whole, rare = (batch(Augmentation(SHAPE, **ALL, only=only)) for only in (None, (0, 2)))

    assert_array_equal(rare[[1, 3]], IMAGES.reshape(4, -1)[[1, 3]])
    assert_array_equal(rare[[0, 2]], whole[[0, 2]])
    assert np.abs(rare[[0, 2]] - IMAGES.reshape(4, -1)[[0, 2]]).min(axis=1).max() > 0


def test_moves_stay_in_their_ranges_and_reach_far_into_them() -> None:
    found = Augmentation((10, 20), rotation=30, shift=0.2, scale=0.5, flip=True).drawn(
        5000, np.random.default_rng(0)
    )

    for values, low, high in [
        (found.degrees, -30, 30),
        (found.down, -2, 2),
        (found.right, -4, 4),
        (found.zoom, 0.5, 1.5),
    ]:
        assert low <= values.min() < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < values.max() <= high
    assert found.flip.mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(5000))


def test_without_being_asked_nothing_is_mirrored() -> None:
    assert not Augmentation(SHAPE).drawn(1000, np.random.default_rng(0)).flip.any()


def test_a_crop_shows_a_part_of_the_image_and_nothing_outside() -> None:
    shape = (40, 40)
    found = Augmentation(shape, crop=0.5).drawn(2000, np.random.default_rng(0))

    corners = found.affine(shape) @ np.array([[-1, -1, 1], [1, 1, 1]]).T
    assert np.abs(corners).max() <= 1 + 1e-12
    assert np.abs(corners).max() > 0.99
    kept = (corners[:, 0, 1] - corners[:, 0, 0]) / 2
    assert 0.5 <= kept.min() < 0.51
    assert 0.99 < kept.max() <= 1
    assert_allclose(1 / kept, found.zoom)


def test_a_grey_ramp_stays_one_when_cropped() -> None:
    ramp = np.tile(np.linspace(1, 2, 16, dtype=np.float32), (1, 16, 1))

    found = after(ramp, zoom=2.0)[0, 1:-1, 1:-1]

    assert_allclose(np.diff(found, axis=1), 1 / 15 / 2, atol=1e-5)
    assert_allclose(np.diff(found, axis=0), 0, atol=1e-5)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (replace(TASK, image_shape=None), "net needs images, and the dataset has no image_shape"),
        (
            replace(TASK, n_columns=53),
            "net needs the 54 pixels of images of 6 x 9; there are 53 columns",
        ),
        (
            replace(TASK, n_columns=27, image_shape=(3, 9)),
            "net needs images of 4 x 4 pixels or more; these are 3 x 9",
        ),
    ],
)
def test_what_is_no_image_is_refused_in_one_line(task: Task, message: str) -> None:
    with pytest.raises(Incompatible) as caught:
        image_shape("net", task)

    assert str(caught.value) == message


def test_what_is_one_has_its_shape() -> None:
    assert image_shape("net", TASK) == SHAPE
