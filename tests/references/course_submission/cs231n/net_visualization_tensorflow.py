"""A solution in the course's layout: network visualization."""

import tensorflow as tf


def compute_saliency_maps(X, y, model):
    X = tf.convert_to_tensor(X)
    with tf.GradientTape() as tape:
        tape.watch(X)
        indices = tf.stack([tf.range(len(y)), tf.cast(y, tf.int32)], axis=1)
        correct = tf.gather_nd(model(X), indices)
    return tf.reduce_max(tf.abs(tape.gradient(correct, X)), axis=3).numpy()


def make_fooling_image(X, target_y, model):
    X_fooling = tf.Variable(X.copy())
    learning_rate = 1
    for _ in range(100):
        with tf.GradientTape() as tape:
            scores = model(X_fooling)
        if tf.argmax(scores[0]) == target_y:
            break
        with tf.GradientTape() as tape:
            score = model(X_fooling)[0, target_y]
        g = tape.gradient(score, X_fooling)
        X_fooling.assign_add(learning_rate * g / tf.norm(g))
    return X_fooling


def class_visualization_update_step(X, model, target_y, l2_reg, learning_rate):
    with tf.GradientTape() as tape:
        tape.watch(X)
        loss = model(X)[0, target_y] - l2_reg * tf.reduce_sum(X * X)
    dX = tape.gradient(loss, X)
    X += learning_rate * dX / tf.norm(dX)
    return X
