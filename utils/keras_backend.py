"""Keras on the engine of one's choice, with its settings in the course's own folder."""

import importlib.util
import os
import sys
from typing import Any

from utils.errors import CourseError
from utils.files import course_home

ENGINES = ("torch", "tensorflow", "jax")


def use_backend(name: str = "torch") -> None:
    """Let the first `import keras` after this call compute with torch, tensorflow or jax.

    Keras reads KERAS_BACKEND and KERAS_HOME once, when it is imported, and writes a settings file into KERAS_HOME: that
    becomes a folder of the course, so that the settings in the user's home are neither read nor touched. On torch,
    Keras computes on the device that `choose_device` chooses.
    Raises CourseError when the engine is unknown or not installed, or when Keras already runs on another one.
    """
    if name not in ENGINES:
        raise CourseError(f"Keras has no backend {name!r} here; take one of {', '.join(ENGINES)}.")
    if not _installed(name):
        raise CourseError(
            f"The backend {name!r} is not installed here; make an environment from requirements-{name}.txt, as the "
            "README shows, or take backend=torch."
        )
    if "keras" in sys.modules:
        import keras

        if (running := keras.backend.backend()) != name:
            raise CourseError(
                f"Keras runs on {running!r} already and cannot change; restart the kernel first."
            )
    os.environ["KERAS_BACKEND"] = name
    os.environ["KERAS_HOME"] = str(course_home() / "keras")
    if name == "torch":
        from utils.device import choose_device

        os.environ.setdefault("KERAS_TORCH_DEVICE", str(choose_device().device))
    if name == "tensorflow":
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # its start writes pages about the processor


def slopes(model: Any, x: Any, y: Any) -> tuple[Any, list[Any]]:
    """The loss of a compiled Keras model for a batch and its gradients, one for each trainable variable, on any engine.

    x (batch, …) and y (batch, …): arrays.  Lesson 5 builds the first of the three ways.
    """
    import keras

    return {"torch": _torch_slopes, "tensorflow": _tape_slopes, "jax": _jax_slopes}[keras.backend.backend()](
        model, x, y
    )


def _torch_slopes(model: Any, x: Any, y: Any) -> tuple[Any, list[Any]]:
    model.zero_grad()
    loss = model.compute_loss(x, y, model(x, training=True))
    loss.backward()
    return loss, [variable.value.grad for variable in model.trainable_variables]


def _tape_slopes(model: Any, x: Any, y: Any) -> tuple[Any, list[Any]]:
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = model.compute_loss(x, y, model(x, training=True))
    return loss, tape.gradient(loss, model.trainable_variables)


def _jax_slopes(model: Any, x: Any, y: Any) -> tuple[Any, list[Any]]:
    """JAX differentiates functions, so the weights go in as arguments."""
    import jax

    def of_values(values: list[Any]) -> Any:
        guess, _ = model.stateless_call(values, model.non_trainable_variables, x, training=True)
        return model.compute_loss(x, y, guess)

    return jax.value_and_grad(of_values)([variable.value for variable in model.trainable_variables])


def _installed(name: str) -> bool:
    """Whether a package can be imported; a mere folder of that name, which has no file of origin, does not count."""
    found = importlib.util.find_spec(name)
    return found is not None and found.origin is not None
