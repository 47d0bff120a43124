"""Something to play with at a step of the course: each control shows itself, and needs nothing from the page around it.

May import `components`, `state` and `mnist_core`.
"""

from collections.abc import Callable

from app_pages.lessons.controls.accuracy import render_accuracy
from app_pages.lessons.controls.backward import render_backward
from app_pages.lessons.controls.batches import render_batches
from app_pages.lessons.controls.best_of_many import render_best_of_many
from app_pages.lessons.controls.cnn import render_cnn
from app_pages.lessons.controls.convolution import render_convolution
from app_pages.lessons.controls.cross_entropy import render_cross_entropy
from app_pages.lessons.controls.element import render_element
from app_pages.lessons.controls.failures import render_failures
from app_pages.lessons.controls.gradient import render_gradient
from app_pages.lessons.controls.install import render_install
from app_pages.lessons.controls.loop import render_loop
from app_pages.lessons.controls.mlp import render_mlp
from app_pages.lessons.controls.one_hot import render_one_hot
from app_pages.lessons.controls.overfitting import render_overfitting
from app_pages.lessons.controls.sure_answers import render_sure_answers
from app_pages.lessons.controls.templates import render_templates
from app_pages.lessons.controls.tensor import render_tensor
from app_pages.lessons.controls.test_set import render_test_set
from app_pages.lessons.controls.train_set import render_train_set
from app_pages.lessons.controls.validation import render_validation
from app_pages.lessons.controls.values import render_values
from app_pages.lessons.controls.view import render_view

# By the key of the step that a control belongs to.
CONTROLS: dict[str, Callable[[], None]] = {
    "install": render_install,
    "train-set": render_train_set,
    "test-set": render_test_set,
    "element": render_element,
    "view": render_view,
    "tensor": render_tensor,
    "values": render_values,
    "validation": render_validation,
    "batches": render_batches,
    "one-hot": render_one_hot,
    "templates": render_templates,
    "cross-entropy": render_cross_entropy,
    "gradient": render_gradient,
    "backward": render_backward,
    "loop": render_loop,
    "accuracy": render_accuracy,
    "test-metrics": render_sure_answers,
    "mlp": render_mlp,
    "convolution": render_convolution,
    "cnn": render_cnn,
    "overfitting": render_overfitting,
    "test-set-purpose": render_best_of_many,
    "failures": render_failures,
}
