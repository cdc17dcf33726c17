"""A solution in the course's layout: style transfer."""

import tensorflow as tf


def content_loss(content_weight, content_current, content_original):
    return content_weight * tf.reduce_sum((content_current - content_original) ** 2)


def gram_matrix(features, normalize=True):
    N, H, W, C = features.shape
    F = tf.reshape(features, (H * W, C))
    gram = tf.transpose(F) @ F
    if normalize:
        gram /= H * W * C
    return gram


def style_loss(feats, style_layers, style_targets, style_weights):
    loss = 0
    for i, layer in enumerate(style_layers):
        loss += style_weights[i] * tf.reduce_sum((gram_matrix(feats[layer]) - style_targets[i]) ** 2)
    return loss


def tv_loss(img, tv_weight):
    down = tf.reduce_sum((img[:, 1:] - img[:, :-1]) ** 2)
    right = tf.reduce_sum((img[:, :, 1:] - img[:, :, :-1]) ** 2)
    return tv_weight * (down + right)
