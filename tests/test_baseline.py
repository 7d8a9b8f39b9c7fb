"""The model that learns nothing."""

import numpy as np
import pytest

from benchmark.catalogue.models.baseline import constant
from benchmark.errors import Incompatible
from benchmark.space import Defaults
from benchmark.types import Task

THREE = Task(seed=0, class_counts=(5, 3, 2), n_columns=1)


def test_the_prior_is_given_for_many_classes() -> None:
    model = constant(Defaults().scoped("model"), THREE)

    model.fit(np.zeros((10, 1)), np.repeat([0, 1, 2], [5, 3, 2]))

    assert model.predict_proba([[0]])[0] == pytest.approx([0.5, 0.3, 0.2])


@pytest.mark.parametrize("predict", ["positive", "negative"])
def test_many_classes_have_no_positive_one(predict: str) -> None:
    space = Defaults({"model.predict": predict}).scoped("model")

    with pytest.raises(Incompatible, match=f"predict: {predict} needs two classes, not 3"):
        constant(space, THREE)
