"""Optimizers for the two networks of a GAN."""

import keras
import tensorflow as tf


class OnePassAdam(keras.optimizers.Adam):
    """Keras' Adam, with each variable updated in one pass over memory where Keras makes a dozen."""

    def update_step(self, gradient, variable, learning_rate):
        # `_get_variable_index`, `_momentums` and `_velocities` are private names of Keras, read in version 3.12.4
        # (keras/src/optimizers/adam.py) and tested from 3.10 to 3.15.
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations + 1, gradient.dtype)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=self.beta_1**step,
            beta2_power=self.beta_2**step,
            lr=tf.cast(learning_rate, gradient.dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def get_solvers(learning_rate=1e-3, beta1=0.5, beta2=0.999, critic_rate=None):
    """(D_solver, G_solver): Adam for either network.

    Args:
        learning_rate: float, or one of Keras' schedules.
        beta1: decay of Adam's mean of the gradients; less than the usual .9, because the opponent changes.
        beta2: decay of Adam's mean of their squares.
        critic_rate: the learning rate of D, if it differs from G's.
    """
    D_rate = learning_rate if critic_rate is None else critic_rate
    return tuple(OnePassAdam(rate, beta_1=beta1, beta_2=beta2) for rate in (D_rate, learning_rate))
