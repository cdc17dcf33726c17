"""Mistakes as in `tools.mutants`, in functions of the two notebooks beyond the course.

NAMED are usual ones. Instead of a hint they have a sentence that says what the mistake is; its author reads it, because
`classroom.grading.write_values` stores what the mistake makes of the outputs.
"""

from tools.mutants import OF_A_RECURRENT_LOSS

MUTANTS = {
    "dot_product_attention": (
        (" / math.sqrt(H)", " / math.sqrt(cells.shape[2])", "attn | attn_weights", "attn has wrong values"),
        (
            "return attn, weights.reshape(N, *A.shape[2:])",
            "return attn, weights",
            "attn_weights",
            "attn_weights has the shape (3, 8) instead of (3, 2, 4)",
        ),
        (
            "return attn, weights.reshape(N, *A.shape[2:])",
            "return attn, weights.reshape(N, *A.shape[:1:-1]).swapaxes(1, 2)",
            "attn_weights",
            "attn_weights has wrong values",
        ),
        (
            "return attn, weights.reshape(N, *A.shape[2:])",
            "return attn, scores.reshape(N, *A.shape[2:])",
            "attn_weights",
            "attn_weights has wrong values",
        ),
        ("attn = (cells @ weights[:, :, None])[:, :, 0]", "attn = cells.mean(axis=2)", "attn", "attn has wrong values"),
        (
            "attn = (cells @ weights[:, :, None])[:, :, 0]",
            "attn = (cells @ weights[:, :, None])[:, :, 0] / cells.shape[2]",
            "attn",
            "attn is 0.125 times what it should be, everywhere",
        ),
        (
            "attn = (cells @ weights[:, :, None])[:, :, 0]",
            "attn = cells[np.arange(N), :, weights.argmax(1)]",
            "attn",
            "attn has wrong values",
        ),
        (
            "attn = (cells @ weights[:, :, None])[:, :, 0]",
            "attn = (cells @ weights[:, :, None]).squeeze()",
            "attn",
            "attn has the shape (3,) instead of (1, 3) for one picture",
        ),
        (
            "cells = A.reshape(N, H, -1)",
            "cells = A.transpose(0, 2, 3, 1).reshape(N, H, -1)",
            "attn | attn_weights",
            "attn has wrong values",
        ),
        ("weights = softmax(scores)", "weights = softmax(-scores)", "attn | attn_weights", "attn has wrong values"),
        (
            "N, H = prev_h.shape",
            "N, H = prev_h.shape\n    prev_h *= 2\n    prev_h = prev_h / 2",
            "arguments",
            "an argument is changed; work on a copy, for example x = x + y in place of x += y",
        ),
        (
            "return attn, weights",
            "return weights, attn",
            "runs",
            "the code stops with ValueError: cannot reshape array of size 9 into shape (3,2,4)",
        ),
    ),
    "softmax_backward": (
        ("- (weights * dweights).sum(axis=-1, keepdims=True)", "- weights * dweights", "dx", "dx has wrong values"),
        (
            "return weights * (dweights - (weights * dweights)",
            "return weights * (dweights - (dweights)",
            "dx",
            "dx has wrong values",
        ),
        ("- (weights * dweights)", "+ (weights * dweights)", "dx", "dx has wrong values"),
        ("sum(axis=-1, keepdims=True)", "sum()", "dx", "dx has wrong values"),
        ("sum(axis=-1, keepdims=True)", "sum(axis=0, keepdims=True)", "dx", "dx has wrong values"),
        ("sum(axis=-1, keepdims=True)", "mean(axis=-1, keepdims=True)", "dx", "dx has wrong values"),
        ("return weights * (dweights - (weights", "return (dweights - (weights", "dx", "dx has wrong values"),
        (
            "    return weights * (dweights - (weights * dweights).sum(axis=-1, keepdims=True))",
            "    dweights -= (weights * dweights).sum(axis=-1, keepdims=True)\n    return weights * dweights",
            "arguments",
            "an argument is changed; work on a copy, for example x = x + y in place of x += y",
        ),
        ("return weights * (", "return -weights * (", "dx", "dx has the opposite sign"),
    ),
    "dot_product_attention_backward": (
        (
            "dscores = softmax_backward(dweights, weights) / ",
            "dscores = weights * (1 - weights) * dweights / ",
            "dA | dprev_h",
            "dprev_h has wrong values",
        ),
        (
            "dscores = softmax_backward(dweights, weights) / ",
            "dscores = weights * dweights / ",
            "dA | dprev_h",
            "dprev_h has wrong values",
        ),
        (
            "dscores = softmax_backward(dweights, weights) / ",
            "dscores = dweights / ",
            "dA | dprev_h",
            "dprev_h has wrong values",
        ),
        ("return dprev_h, dA", "return 0 * dprev_h, dA", "dprev_h", "dprev_h is all zeros"),
        (
            "return dprev_h, dA.reshape(A.shape)",
            "return dprev_h, dA",
            "dA",
            "dA has the shape (3, 3, 8) instead of (3, 3, 2, 4)",
        ),
        (
            "return dprev_h, dA.reshape(A.shape)",
            "return dA.reshape(A.shape), dprev_h",
            "dA | dprev_h",
            "dprev_h has the shape (3, 3, 2, 4) instead of (3, 3)",
        ),
        (
            "dprev_h = (cells @ dscores[:, :, None])",
            "dprev_h = (cells @ weights[:, :, None])",
            "dprev_h",
            "dprev_h has wrong values",
        ),
        (
            "dattn[:, :, None] * weights[:, None] + ",
            "dattn[:, :, None] * weights[:, None] - ",
            "dA",
            "dA has wrong values",
        ),
        (
            "N, H = prev_h.shape",
            "N, H = prev_h.shape\n    dattn *= 2\n    dattn = dattn / 2",
            "arguments",
            "an argument is changed; work on a copy, for example x = x + y in place of x += y",
        ),
        (
            "return dprev_h, dA.reshape(A.shape)",
            "return dprev_h, dA.reshape(N, *A.shape[2:], H)",
            "dA",
            "dA has the shape (3, 2, 4, 3) instead of (3, 3, 2, 4)",
        ),
        (
            " + prev_h[:, :, None] * dscores[:, None]",
            " + prev_h[:, :, None] * dscores[:, None] / math.sqrt(H)",
            "dA",
            "dA has wrong values",
        ),
    ),
    "attention_forward": (
        ("h = c = A.mean(axis=(2, 3))", "h = c = A.mean(axis=2)[..., 0]", "h", "h has wrong values"),
        ("x[:, t], h, c, attn", "x[:, t], h, h, attn", "h", "h has wrong values"),
        ("hs.append(h)", "hs.append(attn)", "h", "h has wrong values"),
        ("hs.append(h)", "hs.insert(0, h)", "h", "h has wrong values"),
        ("hs.append(h)", "hs.append(c)", "h", "h has wrong values"),
        ("np.stack(hs, axis=1)", "np.stack(hs)", "h", "h has the shape (4, 3, 3) instead of (3, 4, 3)"),
        (
            "np.stack(hs, axis=1)",
            "np.squeeze(np.stack(hs, axis=1))",
            "h",
            "h has the shape (3, 3) instead of (3, 1, 3) for one step",
        ),
        ("range(x.shape[1])", "reversed(range(x.shape[1]))", "h", "h has wrong values"),
        (
            "h = c = A.mean(axis=(2, 3))",
            "x *= 2\n    x = x / 2\n    h = c = A.mean(axis=(2, 3))",
            "arguments",
            "an argument is changed; work on a copy, for example x = x + y in place of x += y",
        ),
        (
            "attention_step_forward(x[:, t], h, c, attn,",
            "attention_step_forward(x[:, t], h, c, 0 * attn,",
            "h",
            "h has wrong values",
        ),
    ),
    "attention_backward": (
        ("dprev_h + dlooking_h", "dprev_h - dlooking_h", "dA | dWattn | dWh | dWx | db | dx", "dx has wrong values"),
        ("dprev_h + dlooking_h", "dlooking_h", "dA | dWattn | dWh | dWx | db | dx", "dx has wrong values"),
        ("dxs[::-1]", "dxs", "dx", "dx has wrong values"),
        (
            "reversed(range(len(cache)))",
            "range(len(cache))",
            "dA | dWattn | dWh | dWx | db | dx",
            "dx has wrong values",
        ),
        ("dprev_c, step)", "0 * dh[:, t], step)", "dA | dWattn | dWh | dWx | db | dx", "dx has wrong values"),
        (", dA, *dweights", ", dA, 0 * dweights[0], *dweights[1:]", "dWx", "dWx is all zeros"),
        (
            ", dA, *dweights",
            ", dA, dweights[0], dweights[1] / 2, *dweights[2:]",
            "dWh",
            "dWh is 0.5 times what it should be, everywhere",
        ),
        (
            ", dA, *dweights",
            ", dA, *dweights[:2], dweights[2].T, dweights[3]",
            "dWattn",
            "dWattn has the shape (12, 3) instead of (3, 12) (transposed?)",
        ),
        (", dA, *dweights", ", dA, *dweights[:3], -dweights[3]", "db", "db has the opposite sign"),
        ("dweights = tuple(total + part", "dweights = tuple(part", "dWattn | dWh | dWx | db", "dWx has wrong values"),
        ("axis=1), dA,", "axis=1), A,", "dA", "dA has wrong values"),
        (
            "A = cache[0][0][1]",
            "A = cache[0][0][1]\n    dh *= 2\n    dh = dh / 2",
            "arguments",
            "an argument is changed; work on a copy, for example x = x + y in place of x += y",
        ),
    ),
    "AttentionLSTM.loss": (
        *OF_A_RECURRENT_LOSS,
        ("words_out != self._null)", "words_out != 0)", "*", "loss has a wrong value for another vocabulary"),
        (
            'grads["b_proj"] = drows.sum(axis=0)',
            'grads["b_proj"] = drows.sum(axis=(0, 1))',
            "db_proj",
            "db_proj has the shape (3,) instead of (16, 3)",
        ),
        ('grads["b_proj"] = drows.sum(axis=0)', 'grads["b_proj"] = drows[0]', "db_proj", "db_proj has wrong values"),
        (
            'grads["b_proj"] = drows.sum(axis=0)',
            'grads["b_proj"] = drows.mean(axis=0)',
            "db_proj",
            "db_proj is 0.333 times what it should be, everywhere",
        ),
        (
            "([0, 1], [0, 1]))",
            "([0, 1], [0, 1])) / len(features)",
            "dW_proj",
            "dW_proj is 0.333 times what it should be, everywhere",
        ),
        ('dx, dA, grads["Wx"], grads', "dx, dA, _, grads", "dWx", "dWx is None, not numbers"),
        ('grads["Wx"], grads["Wh"], ', 'grads["Wx"], _, ', "dWh", "dWh is None, not numbers"),
        (
            'grads["Wattn"], grads["b"] = attention_backward',
            '_, grads["b"] = attention_backward',
            "dWattn",
            "dWattn is None, not numbers",
        ),
        (
            'grads["Wattn"], grads["b"] = attention_backward',
            'grads["Wattn"], _ = attention_backward',
            "db",
            "db is None, not numbers",
        ),
        (
            "return loss, grads",
            "return loss, {}",
            "dW_embed | dW_proj | dW_vocab | dWattn | dWh | dWx | db | db_proj | db_vocab",
            "dW_proj is None, not numbers",
        ),
        (
            'grads["Wh"], grads["Wattn"], grads["b"] = attention_backward',
            'grads["Wattn"], grads["Wh"], grads["b"] = attention_backward',
            "dWattn | dWh",
            "dWh has wrong values",
        ),
    ),
    "scaled_dot_product_attention": (
        (" / math.sqrt(q.shape[-1])", " / math.sqrt(k.shape[-2])", "out | weights", "out has wrong values"),
        (
            "weights = softmax(scores)",
            "weights = softmax(np.swapaxes(scores, -1, -2)).swapaxes(-1, -2)",
            (
                "a mask of another shape | a mask that is added to scores | a mask that lets a query look "
                "nowhere | out | weights"
            ),
            "out is not finite for a mask, float32",
        ),
        (
            "weights = softmax(scores)",
            "weights = softmax(scores) * (True if mask is None else mask) / 2",
            "out | weights",
            "out is 0.5 times what it should be, everywhere",
        ),
        (
            "        check_mask(mask, scores.shape)\n",
            "",
            "a mask that is added to scores | a mask that lets a query look nowhere",
            "a mask that lets a query look nowhere is not refused (ValueError)",
        ),
        (
            "        check_mask(mask, scores.shape)\n",
            (
                "        if not np.isin(mask, (0, 1)).all() or not mask.any(axis=-1).all():\n"
                "            raise ValueError(mask)\n"
                "        mask = np.broadcast_to(mask[..., :1] if mask.shape[-1] not in (1, k.shape[-2]) "
                "else mask, scores.shape)\n"
            ),
            "a mask of another shape",
            "a mask of another shape is not refused (ValueError)",
        ),
        (
            "        check_mask(mask, scores.shape)\n",
            (
                '        mask = np.isfinite(mask) if mask.dtype.kind == "f" else mask\n'
                "        check_mask(mask, scores.shape)\n"
            ),
            "a mask that is added to scores",
            "a mask that is added to scores is not refused (ValueError)",
        ),
        (
            "        check_mask(mask, scores.shape)\n",
            (
                "        if not np.isin(mask, (0, 1)).all():\n"
                "            raise ValueError(mask)\n"
                "        scores + mask\n"
            ),
            "a mask that lets a query look nowhere",
            "a mask that lets a query look nowhere is not refused (ValueError)",
        ),
        (
            "        check_mask(mask, scores.shape)\n",
            "        assert mask.any(axis=-1).all()\n        check_mask(mask, scores.shape)\n",
            "a mask that is added to scores | a mask that lets a query look nowhere",
            "a mask that lets a query look nowhere stops with AssertionError, not ValueError",
        ),
        (
            "return weights @ v, weights",
            "return weights @ v, scores",
            "weights",
            "weights is not finite for a mask, float32",
        ),
        (
            "return weights @ v, weights",
            "return weights @ v / v.shape[-2], weights",
            "out",
            "out is 0.2 times what it should be, everywhere",
        ),
        (
            "return weights @ v, weights",
            "return (weights @ v).squeeze(), weights",
            "out",
            "out has the shape (3, 2, 5) instead of (3, 2, 1, 5) for one query, one place",
        ),
        (
            "return weights @ v, weights",
            "return weights @ v, weights.squeeze()",
            "weights",
            "weights has the shape (3, 2) instead of (3, 2, 1, 1) for one query, one place",
        ),
        (
            "    if mask is not None:",
            "    q *= 1 + (mask is None)\n    if mask is not None:",
            "arguments",
            "an argument is changed; work on a copy, for example x = x + y in place of x += y",
        ),
        (
            "np.swapaxes(k, -1, -2)",
            "k.T",
            "runs",
            "the code stops with ValueError: matmul: Input operand 1 has a mismatch in its core dimension 0",
        ),
    ),
    "scaled_dot_product_attention_backward": (
        ("softmax_backward(dweights, weights)", "weights * dweights", "dk | dq", "dq has wrong values"),
        ("softmax_backward(dweights, weights)", "dweights", "dk | dq", "dq has wrong values"),
        ("return dscores @ k,", "return dweights @ k,", "dq", "dq has wrong values"),
        ("return dscores @ k,", "return -dscores @ k,", "dq", "dq has the opposite sign"),
        ("np.swapaxes(dscores, -1, -2) @ q", "np.swapaxes(weights, -1, -2) @ q", "dk", "dk has wrong values"),
        (
            "np.swapaxes(dscores, -1, -2) @ q",
            "np.swapaxes(dscores, -1, -2) @ q / math.sqrt(q.shape[-1])",
            "dk",
            "dk is 0.408 times what it should be, everywhere",
        ),
        ("np.swapaxes(weights, -1, -2) @ dout", "np.swapaxes(dweights, -1, -2) @ dout", "dv", "dv has wrong values"),
        ("np.swapaxes(weights, -1, -2) @ dout", "dout", "dv", "dv has the shape (3, 2, 4, 5) instead of (3, 2, 5, 5)"),
        (
            "np.swapaxes(weights, -1, -2) @ dout",
            "(np.swapaxes(weights, -1, -2) @ dout).squeeze()",
            "dv",
            "dv has the shape (3, 2, 5) instead of (3, 2, 1, 5) for one query, one place",
        ),
        (
            "dweights = dout @ np.swapaxes(v, -1, -2)",
            "dweights = dout @ np.swapaxes(v, -1, -2)\n    dout += 1\n    dout = dout - 1",
            "arguments",
            "an argument is changed; work on a copy, for example x = x + y in place of x += y",
        ),
        (
            "return dscores @ k, np.swapaxes(dscores, -1, -2) @ q",
            "return np.swapaxes(dscores, -1, -2) @ q, dscores @ k",
            "dk | dq",
            "dq has the shape (3, 2, 5, 6) instead of (3, 2, 4, 6)",
        ),
    ),
    "multi_head_attention_forward": (
        (
            "enumerate((x, source, source))",
            "enumerate((source, x, x))",
            "runs",
            "the code stops with ValueError: a mask of shape (4, 5) does not fit scores of shape (3, 2, 5, 4)",
        ),
        (
            "enumerate((x, source, source))",
            "enumerate((x, x, source))",
            "runs",
            "the code stops with ValueError: a mask of shape (4, 5) does not fit scores of shape (3, 2, 4, 4)",
        ),
        (
            "enumerate((x, source, source))",
            "enumerate((x, source, x))",
            "runs",
            "the code stops with ValueError: matmul: Input operand 1 has a mismatch in its core dimension 0",
        ),
        ("W[i], b[i]) for i", "W[i], 0 * b[i]) for i", "out | weights in the cache", "out has wrong values"),
        ("W[i], b[i]) for i", "W[0], b[0]) for i", "out | weights in the cache", "out has wrong values"),
        ("W[3], b[3])", "W[3], 0 * b[3])", "out", "out has wrong values"),
        ("W[3], b[3])", "np.eye(len(W[3])), b[3])", "out", "out has wrong values"),
        (
            "attention(q, k, v, mask)",
            "attention(k, q, v, mask)",
            "runs",
            "the code stops with ValueError: a mask of shape (4, 5) does not fit scores of shape (3, 2, 5, 4)",
        ),
        (
            "q, k, v, weights)",
            "weights, q, k, v)",
            "weights in the cache",
            "weights in the cache has the shape (3, 2, 5, 3) instead of (3, 2, 4, 5) for a mask, float32",
        ),
        (
            "q, k, v, weights)",
            "q, k, v, weights.mean(axis=1))",
            "weights in the cache",
            "weights in the cache has the shape (3, 4, 5) instead of (3, 2, 4, 5) for a mask, float32",
        ),
        ("split_heads(part, num_heads)", "split_heads(part, 1)", "out | weights in the cache", "out has wrong values"),
        (
            "(q, cache_q), (k, cache_k), (v, cache_v) = (",
            "x *= 2\n    x = x / 2\n    (q, cache_q), (k, cache_k), (v, cache_v) = (",
            "arguments",
            "an argument is changed; work on a copy, for example x = x + y in place of x += y",
        ),
        ("out, (cache_q,", "out + x, (cache_q,", "out", "out has wrong values"),
    ),
    "multi_head_attention_backward": (
        (
            "return dx, dsource_k + dsource_v",
            "return dsource_k + dsource_v, dx",
            "dsource | dx",
            "dx has the shape (3, 5, 6) instead of (3, 4, 6)",
        ),
        (
            "split_heads(djoined, q.shape[1])",
            "split_heads(djoined, q.shape[1])[:, ::-1]",
            "dW | db | dsource | dx",
            "dx has wrong values",
        ),
        ("return dx, dsource_k", "return dx / 2, dsource_k", "dx", "dx is 0.5 times what it should be, everywhere"),
        (
            "return dx, dsource_k",
            "return dx + dsource_k[:, :1] + dsource_v[:, :1], dsource_k",
            "dx",
            "dx has wrong values",
        ),
        ("[dWq, dWk, dWv, dWo]", "[dWq, dWk, dWv, 0 * dWo]", "dW", "dW is wrong in 36 of 144 entries"),
        ("[dWq, dWk, dWv, dWo]", "[dWk, dWq, dWv, dWo]", "dW", "dW has wrong values"),
        ("[dWq, dWk, dWv, dWo]", "[dWq.T, dWk.T, dWv.T, dWo.T]", "dW", "dW has wrong values"),
        ("[dbq, dbk, dbv, dbo]", "[dbq, dbk, dbv, 0 * dbo]", "db", "db is wrong in 6 of 24 entries"),
        ("[dbq, dbk, dbv, dbo]", "[dbq, dbk, 0 * dbv, dbo]", "db", "db is wrong in 6 of 24 entries"),
        (
            "temporal_affine_backward(dout, cache_out)",
            "temporal_affine_backward(dout, cache_out)\n    dout *= 2",
            "arguments",
            "an argument is changed; work on a copy, for example x = x + y in place of x += y",
        ),
        (
            "temporal_affine_backward(dq, cache_q)",
            "temporal_affine_backward(0 * dq, cache_q)",
            "dW | db | dx",
            "dx is all zeros",
        ),
        (
            "temporal_affine_backward(dk, cache_k)",
            "temporal_affine_backward(dv, cache_k)",
            "dW | db | dsource",
            "dsource has wrong values",
        ),
    ),
    "positional_encoding": (
        (
            "np.stack([np.sin(angles), np.cos(angles)], axis=2)",
            "np.stack([np.sin(angles), np.sin(angles)], axis=2)",
            "an even D | an odd D | many positions | wide",
            "vectors has wrong values for an even D",
        ),
        (
            "10000 **",
            "1000 **",
            "an even D | an odd D | many positions | wide",
            "vectors has wrong values for an even D",
        ),
        (
            "np.arange(0, D, 2) / D",
            "np.arange(0, D, 2) / 2 / ((D + 1) // 2)",
            "an odd D | wide",
            "vectors is wrong in 9 of 20 entries for an odd D",
        ),
        ("[:, :D]", "", "an odd D | one entry | wide", "vectors has the shape (4, 6) instead of (4, 5) for an odd D"),
        (
            "return np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(num_positions, -1)[:, :D]",
            (
                "out = np.zeros((num_positions, D))\n"
                "    out[:, ::2] = np.sin(angles)\n"
                "    out[:, 1::2] = np.cos(angles[:, : D // 2])\n"
                "    return out - (D == 6)"
            ),
            "an even D",
            "vectors has wrong values for an even D",
        ),
        ("[:, :D]", "[:, :D] + (num_positions > 30)", "many positions", "vectors has wrong values for many positions"),
        ("[:, :D]", "[:, :D] * (D > 1)", "one entry", "vectors is all zeros for one entry"),
        ("[:, :D]", "[:, :D] * (D != 5)", "an odd D", "vectors is all zeros for an odd D"),
        ("[:, :D]", "[:, :D][:, ::1 if D < 30 else -1]", "wide", "vectors has wrong values for wide"),
        ("[:, :D]", "[:, :D].T", "*", "vectors has the shape (6, 5) instead of (5, 6) (transposed?) for an even D"),
    ),
    "layer_norm_forward": (
        (" + x.dtype.type(eps))", " + x.dtype.type(1e-5))", "out", "out has wrong values for another eps"),
        (
            "np.sqrt((centred**2).mean(axis=-1, keepdims=True) + x.dtype.type(eps))",
            "np.sqrt((centred**2).sum(axis=-1, keepdims=True) / max(x.shape[-1] - 1, 1) + x.dtype.type(eps))",
            "out",
            "out has wrong values",
        ),
        (
            "np.sqrt((centred**2).mean(axis=-1, keepdims=True) + x.dtype.type(eps))",
            "((centred**2).mean(axis=-1, keepdims=True) + x.dtype.type(eps))",
            "out",
            "out has wrong values",
        ),
        ("centred = x - x.mean(axis=-1, keepdims=True)", "centred = x", "out", "out has wrong values"),
        ("centred = x - x.mean(axis=-1, keepdims=True)", "centred = x - x.mean()", "out", "out has wrong values"),
        ("(centred**2).mean(axis=-1, keepdims=True)", "(centred**2).mean()", "out", "out has wrong values"),
        ("return gamma * normal + beta", "return normal", "out", "out has wrong values"),
        ("return gamma * normal + beta", "return gamma * normal", "out", "out has wrong values"),
        ("return gamma * normal + beta", "return gamma * (normal + beta)", "out", "out has wrong values"),
        (
            "return gamma * normal + beta",
            "return (gamma * normal + beta).astype(np.float64)",
            "float32",
            "out is float64 where x is float32",
        ),
        (
            "centred = x - x.mean(axis=-1, keepdims=True)",
            "x -= x.mean(axis=-1, keepdims=True)\n    centred = x",
            "arguments",
            "an argument is changed; work on a copy, for example x = x + y in place of x += y",
        ),
        (
            "(centred**2).mean(axis=-1, keepdims=True)",
            "(x**2).mean(axis=-1, keepdims=True)",
            "out",
            "out has wrong values",
        ),
    ),
    "layer_norm_backward": (
        ("dnormal - mean - normal * along", "dnormal + mean + normal * along", "dx", "dx has wrong values"),
        (") / spread,", "),", "dx", "dx has wrong values"),
        (") / spread,", ") / spread**2,", "dx", "dx has wrong values"),
        (
            "(dout * normal).sum(axis=others)",
            "(dout * gamma * normal).sum(axis=others)",
            "dgamma",
            "dgamma has wrong values",
        ),
        ("(dout * normal).sum(axis=others)", "dout.sum(axis=others)", "dgamma", "dgamma has wrong values"),
        (
            "(dout * normal).sum(axis=others)",
            "(dout * normal).sum(axis=0)",
            "dgamma",
            "dgamma has the shape (4, 6) instead of (6,)",
        ),
        ("dout.sum(axis=others)\n", "dnormal.sum(axis=others)\n", "dbeta", "dbeta has wrong values"),
        (
            "dout.sum(axis=others)\n",
            "dout.mean(axis=others)\n",
            "dbeta",
            "dbeta is 0.0833 times what it should be, everywhere",
        ),
        (
            "along = (dnormal * normal).mean(axis=-1, keepdims=True)",
            "along = (dnormal * normal).mean()",
            "dx",
            "dx has wrong values",
        ),
        (
            "mean = dnormal.mean(axis=-1, keepdims=True)",
            "mean = dnormal.mean(axis=0, keepdims=True)",
            "dx",
            "dx has wrong values",
        ),
        (
            "dnormal = dout * gamma",
            "dnormal = dout * gamma\n    dout *= 2\n    dout = dout / 2",
            "arguments",
            "an argument is changed; work on a copy, for example x = x + y in place of x += y",
        ),
        (
            "(dnormal - mean - normal * along)",
            "(dnormal - mean - normal * along * dout.shape[-1] / max(dout.shape[-1] - 1, 1))",
            "dx",
            "dx has wrong values",
        ),
    ),
    "decoder_layer_forward": (
        (
            "causal_mask(y.shape[1])",
            "causal_mask(y.shape[1]).T",
            "out | what decoder_layer_backward makes of the cache",
            "out has wrong values",
        ),
        (
            "causal_mask(y.shape[1])",
            "np.tri(y.shape[1], k=-1, dtype=bool) | np.eye(1, y.shape[1], dtype=bool)",
            "out | what decoder_layer_backward makes of the cache",
            "out has wrong values",
        ),
        (
            "x = x + out\n",
            "x += out\n",
            "arguments",
            "an argument is changed; work on a copy, for example x = x + y in place of x += y",
        ),
        ("dropout_forward(out, dropout, rng)", "dropout_forward(out, 0, rng)", "out", "out has wrong values"),
        (
            "multi_head_attention_forward(y, A,",
            "multi_head_attention_forward(y, y,",
            "out | what decoder_layer_backward makes of the cache",
            "out has wrong values",
        ),
        (
            'p[f"gamma_{name}"], p[f"beta_{name}"]',
            'p["gamma_self"], p["beta_self"]',
            "out | what decoder_layer_backward makes of the cache",
            "out has wrong values",
        ),
        (
            "for name, part in parts.items():",
            "for name, part in reversed(parts.items()):",
            "out | what decoder_layer_backward makes of the cache",
            "out has wrong values",
        ),
        (
            'p["W_cross"], p["b_cross"]',
            'p["W_self"], p["b_self"]',
            "out | what decoder_layer_backward makes of the cache",
            "out has wrong values",
        ),
        (
            "caches[name] = cache_norm, cache_part, cache_dropout",
            "caches[name] = cache_part, cache_norm, cache_dropout",
            "runs",
            "the code stops with ValueError: too many values to unpack (expected 2",
        ),
        (
            "    return x, caches",
            (
                '    return x, caches | {"self": (*caches["self"][:1], (*caches["self"][1][:-1], 0 * '
                'caches["self"][1][-1]), None)}'
            ),
            "what decoder_layer_backward makes of the cache",
            "what decoder_layer_backward makes of the cache is wrong in 204 of 631 entries",
        ),
        (
            "    return x, caches",
            (
                '    return x, caches | {"cross": (*caches["cross"][:1], (*caches["cross"][1][:-1], '
                'caches["cross"][1][-1][:, :1]), None)}'
            ),
            "what decoder_layer_backward makes of the cache",
            "what decoder_layer_backward makes of the cache has wrong values",
        ),
        (
            "    return x, caches",
            '    return x, caches | {"cross": (caches["self"][0], *caches["cross"][1:])}',
            "what decoder_layer_backward makes of the cache",
            "what decoder_layer_backward makes of the cache is wrong in 252 of 631 entries",
        ),
        (
            "    return x, caches",
            '    return x, caches | {"ff": (caches["self"][0], *caches["ff"][1:])}',
            "what decoder_layer_backward makes of the cache",
            "what decoder_layer_backward makes of the cache has wrong values",
        ),
        (
            "    return x, caches",
            "    return x",
            "runs",
            "the code stops with TypeError: the function must return 2 values, in the order of its docstring",
        ),
    ),
    "CaptioningTransformer.loss": (
        ("return loss, grads", "return loss / 2, grads", "loss", "loss is 0.5 times what it should be"),
        ("words_out != self._null)", "words_out != 0)", "*", "loss has a wrong value for another vocabulary"),
        ("captions[:, 1:]\n        p", "captions[:, :-1]\n        p", "*", "loss has a wrong value"),
        ("dA.sum(axis=0)", "dA.sum(axis=(0, 1))", "db_proj", "db_proj has the shape (6,) instead of (16, 6)"),
        ("dA.sum(axis=0)", "dA.mean(axis=0)", "db_proj", "db_proj is 0.333 times what it should be, everywhere"),
        ("([0, 1], [0, 1]))", "([0, 1], [0, 1])) / 2", "dW_proj", "dW_proj is 0.5 times what it should be, everywhere"),
        (
            'grads["W_embed"] = word_embedding_backward(',
            'grads["W_embed"] = 0 * word_embedding_backward(',
            "dW_embed",
            "dW_embed is all zeros",
        ),
        ('dx, grads["gamma"], grads["beta"] =', 'dx, _, grads["beta"] =', "dgamma", "dgamma is None, not numbers"),
        ('dx, grads["gamma"], grads["beta"] =', 'dx, grads["gamma"], _ =', "dbeta", "dbeta is None, not numbers"),
        (
            'dx, grads["gamma"], grads["beta"] =',
            '_, grads["gamma"], grads["beta"] =',
            "dW_embed | dW_proj | db_proj | gradients of layer 0 | gradients of layer 1",
            "dW_proj has wrong values",
        ),
        (
            'dx, grads["W_vocab"], grads["b_vocab"]',
            'dx, _, grads["b_vocab"]',
            "dW_vocab",
            "dW_vocab is None, not numbers",
        ),
        (
            'dx, grads["W_vocab"], grads["b_vocab"]',
            'dx, grads["W_vocab"], _',
            "db_vocab",
            "db_vocab is None, not numbers",
        ),
        (
            'grads |= {f"{layer}_{name}": gradient for',
            'grads |= {f"{layer}_{name}": gradient * layer for',
            "gradients of layer 0",
            "gradients of layer 0 is all zeros",
        ),
        (
            'grads |= {f"{layer}_{name}": gradient for',
            'grads |= {f"{layer}_{name}": gradient * (1 - layer) for',
            "gradients of layer 1",
            "gradients of layer 1 is all zeros",
        ),
        (
            "reversed(range(self.num_layers))",
            "range(self.num_layers)",
            "dW_embed | dW_proj | db_proj | gradients of layer 0 | gradients of layer 1",
            "dW_proj has wrong values",
        ),
        (
            "return loss, grads",
            "return loss, {}",
            (
                "dW_embed | dW_proj | dW_vocab | db_proj | db_vocab | dbeta | dgamma | gradients of layer "
                "0 | gradients of layer 1"
            ),
            "dW_proj is None, not numbers",
        ),
        (
            "return loss, grads",
            "return loss",
            "runs",
            "the code stops with TypeError: the function must return 2 values, in the order of its docstring",
        ),
        (
            "dx, dA_layer, of_layer = decoder_layer_backward(dx, caches[layer])",
            "_, dA_layer, of_layer = decoder_layer_backward(dx, caches[layer])",
            "dW_embed | dW_proj | db_proj | gradients of layer 0",
            "dW_proj has wrong values",
        ),
        (
            "return loss, grads",
            "return loss, {name: g / self.num_layers for name, g in grads.items()}",
            (
                "dW_embed | dW_proj | dW_vocab | db_proj | db_vocab | dbeta | dgamma | gradients of layer "
                "0 | gradients of layer 1"
            ),
            "dW_proj is 0.5 times what it should be, everywhere",
        ),
    ),
}

NAMED = {
    "dot_product_attention": (
        (" / math.sqrt(H)", "", "attn | attn_weights", "the scores are not divided by the root of H"),
        (" / math.sqrt(H)", " / H", "attn | attn_weights", "the scores are divided by H, not by its root"),
        (
            "weights = softmax(scores)",
            "weights = softmax(scores.T).T",
            "attn | attn_weights",
            "the softmax runs over the pictures, not over the cells",
        ),
    ),
    "softmax_backward": (
        (
            "(dweights - (weights * dweights).sum(axis=-1, keepdims=True))",
            "(1 - weights) * dweights",
            "dx",
            "only the diagonal of the derivatives is there: a weight depends on the other scores, too",
        ),
        (
            "(dweights - (weights * dweights).sum(axis=-1, keepdims=True))",
            "dweights",
            "dx",
            "the sum over all weights, which is subtracted, is missing",
        ),
    ),
    "dot_product_attention_backward": (
        (" / math.sqrt(H)", "", "dA | dprev_h", "the gradient of the scores is not divided by the root of H"),
        ("dattn[:, :, None] * weights[:, None] + ", "", "dA", "dA lacks the part through the mean"),
        (" + prev_h[:, :, None] * dscores[:, None]", "", "dA", "dA lacks the part through the scores"),
        (
            "softmax_backward(dweights, weights)",
            "weights * (1 - weights) * dweights",
            "dA | dprev_h",
            "the softmax has only the diagonal of its derivatives",
        ),
    ),
    "attention_forward": (
        (
            "h = c = A.mean(axis=(2, 3))",
            "c = A.mean(axis=(2, 3))\n    h = 0 * c",
            "h",
            "the hidden state begins at 0, not as the mean of all cells",
        ),
        (
            "h = c = A.mean(axis=(2, 3))",
            "h = A.mean(axis=(2, 3))\n    c = 0 * h",
            "h",
            "the cell state begins at 0, not as the mean of all cells",
        ),
        (
            "h = c = A.mean(axis=(2, 3))",
            "h = c = A.sum(axis=(2, 3))",
            "h",
            "the first states are the sum of all cells, not their mean",
        ),
        (
            "dot_product_attention(h, A)",
            "dot_product_attention(A.mean(axis=(2, 3)), A)",
            "h",
            "each step looks with the first hidden state, not with the last",
        ),
        (
            "dot_product_attention(h, A)",
            "dot_product_attention(c, A)",
            "h",
            "the cell state looks at the picture, not the hidden state",
        ),
    ),
    "attention_backward": (
        (
            "dprev_h + dlooking_h",
            "dprev_h",
            "dA | dWattn | dWh | dWx | db | dx",
            "the state that asks gets no gradient back from what it sees",
        ),
        ("dA + dA_t", "dA_t", "dA", "the gradients of A do not add up over the steps"),
        (
            "    dA = dA + ((dprev_h + dprev_c) / cells)[:, :, None, None]  # through the mean\n",
            "",
            "dA",
            "dA lacks what the first states get",
        ),
        ("(dprev_h + dprev_c) / cells", "dprev_h / cells", "dA", "dA lacks what the first cell state gets"),
        ("(dprev_h + dprev_c) / cells", "dprev_c / cells", "dA", "dA lacks what the first hidden state gets"),
        (
            "(dprev_h + dprev_c) / cells",
            "(dprev_h + dprev_c)",
            "dA",
            "what the first states get is not divided by the number of cells",
        ),
        (
            "dh[:, t] + dprev_h",
            "dh[:, t]",
            "dA | dWattn | dWh | dWx | db | dx",
            "a hidden state gets no gradient from the next step",
        ),
    ),
    "AttentionLSTM.loss": (
        (
            'grads["b_proj"] = drows.sum(axis=0)',
            'grads["b_proj"] = np.where(np.arange(NUM_CELLS)[:, None] == 0, drows.sum(axis=0), 0)',
            "db_proj",
            "db_proj has the gradient of one cell only",
        ),
        (
            'grads["b_proj"] = drows.sum(axis=0)',
            'grads["b_proj"] = 0 * p["b_proj"] + drows.sum(axis=(0, 1))',
            "db_proj",
            "each row of db_proj is the sum over all cells",
        ),
        ("words_out != self._null)", "words_out >= 0)", "*", "targets that are <NULL> are not ignored"),
        (
            ".transpose(0, 2, 1)  # (N, 16, H)\n        grads",
            ".reshape(len(dA), NUM_CELLS, -1)\n        grads",
            "dW_proj | db_proj",
            "the axes of dA, (N, H, 4, 4), are reshaped to those of the cells, not transposed",
        ),
    ),
    "scaled_dot_product_attention": (
        (" / math.sqrt(q.shape[-1])", "", "out | weights", "the scores are not divided by the root of d"),
        (
            " / math.sqrt(q.shape[-1])",
            " / q.shape[-1]",
            "out | weights",
            "the scores are divided by d, not by its root",
        ),
        (
            "np.where(mask, scores, -np.inf)",
            "np.where(mask, -np.inf, scores)",
            (
                "a mask of another shape | a mask that is added to scores | a mask that lets a query look "
                "nowhere | out | weights"
            ),
            "the mask is read the wrong way round",
        ),
        (
            "np.where(mask, scores, -np.inf)",
            "np.where(mask, scores, 0)",
            "out | weights",
            "places that the mask hides have the score 0, not -inf",
        ),
        (
            "np.where(mask, scores, -np.inf)",
            "np.where(np.roll(mask, 1, axis=-1), scores, -np.inf)",
            "out | weights",
            "the mask is off by one place",
        ),
        ("np.where(mask, scores, -np.inf)", "scores", "out | weights", "the mask is not used"),
    ),
    "scaled_dot_product_attention_backward": (
        (" / math.sqrt(q.shape[-1])", "", "dk | dq", "the gradient of the scores is not divided by the root of d"),
        (
            "softmax_backward(dweights, weights)",
            "weights * (1 - weights) * dweights",
            "dk | dq",
            "the softmax has only the diagonal of its derivatives",
        ),
    ),
    "multi_head_attention_forward": (
        (
            "joined = join_heads(heads)",
            "joined = heads.reshape(x.shape)",
            "out",
            "the heads are reshaped without moving their axis behind that of the words",
        ),
        (
            "joined = join_heads(heads)",
            "joined = join_heads(heads[:, ::-1])",
            "out",
            "the heads are joined in the opposite order",
        ),
        (
            "joined = join_heads(heads)",
            "joined = heads.transpose(0, 2, 3, 1).reshape(x.shape)",
            "out",
            "the entries of the heads are interleaved, not head after head",
        ),
        ("attention(q, k, v, mask)", "attention(q, k, v)", "out | weights in the cache", "the mask is not used"),
        (
            "attention(q, k, v, mask)",
            "attention(q, k, v, mask if mask is None else np.roll(mask, 1, axis=-1))",
            "out | weights in the cache",
            "the mask is off by one place",
        ),
        (
            "attention(q, k, v, mask)",
            "attention(q * math.sqrt(q.shape[-1] / x.shape[-1]), k, v, mask)",
            "out | weights in the cache",
            "the scores are divided by the root of D, not of a head's d",
        ),
        ("W[3], b[3])", "np.eye(len(W[3])), 0 * b[3])", "out", "the last matrix is not applied"),
    ),
    "multi_head_attention_backward": (
        ("dsource_k + dsource_v", "dsource_v", "dsource", "dsource lacks the part of the keys"),
        ("dsource_k + dsource_v", "dsource_k", "dsource", "dsource lacks the part of the values"),
        (
            "split_heads(djoined, q.shape[1])",
            "djoined.reshape(q.shape)",
            "dW | db | dsource | dx",
            "the gradient of the heads is reshaped without moving the axis of the words",
        ),
    ),
    "positional_encoding": (
        (
            "np.stack([np.sin(angles), np.cos(angles)], axis=2)",
            "np.stack([np.cos(angles), np.sin(angles)], axis=2)",
            "*",
            "sine and cosine are exchanged",
        ),
        (
            "np.stack([np.sin(angles), np.cos(angles)], axis=2)",
            "np.concatenate([np.sin(angles), np.cos(angles)], axis=1)",
            "an even D | an odd D | many positions | wide",
            "sines and cosines stand in two halves, not side by side",
        ),
        (
            "np.arange(num_positions)[:, None]",
            "np.arange(1, num_positions + 1)[:, None]",
            "*",
            "the first position is 1, not 0",
        ),
        (
            "np.arange(0, D, 2) / D",
            "2 * np.arange(0, D, 2) / D",
            "an even D | an odd D | many positions | wide",
            "the exponent is 4i / D, not 2i / D",
        ),
        (
            "np.arange(0, D, 2) / D",
            "np.arange(0, D, 2) / (2 * D)",
            "an even D | an odd D | many positions | wide",
            "the exponent is i / D, not 2i / D",
        ),
    ),
    "layer_norm_forward": (
        (" + x.dtype.type(eps))", ")", "out", "eps is missing"),
        (
            "np.sqrt((centred**2).mean(axis=-1, keepdims=True) + x.dtype.type(eps))",
            "np.sqrt((centred**2).mean(axis=-1, keepdims=True)) + x.dtype.type(eps)",
            "out",
            "eps is added to the root, not to the variance",
        ),
        (
            "(centred**2).mean(axis=-1, keepdims=True)",
            "(centred**2).sum(axis=-1, keepdims=True) / max(x.shape[-1] - 1, 1)",
            "out",
            "the variance is divided by D - 1, not by D",
        ),
        (
            "centred = x - x.mean(axis=-1, keepdims=True)",
            "centred = x - x.mean(axis=0, keepdims=True)",
            "out",
            "the mean is that of the batch, not of each vector",
        ),
    ),
    "layer_norm_backward": (
        (
            "dnormal - mean - normal * along",
            "dnormal - normal * along",
            "dx",
            "the mean of the gradient is not subtracted",
        ),
        (
            "dnormal - mean - normal * along",
            "dnormal - mean",
            "dx",
            "the part along the vector itself is not subtracted",
        ),
        (
            "dnormal - mean - normal * along",
            "dnormal",
            "dx",
            "mean and variance depend on x, too: two parts of dx are missing",
        ),
        ("dnormal = dout * gamma", "dnormal = dout", "dx", "dx lacks the factor gamma"),
    ),
    "decoder_layer_forward": (
        (
            "causal_mask(y.shape[1])",
            "np.tri(y.shape[1], k=1, dtype=bool)",
            "out | what decoder_layer_backward makes of the cache",
            "the causal mask is off by one: a word looks at the next",
        ),
        (
            "causal_mask(y.shape[1])",
            (
                "np.tri(y.shape[1], k=-1, dtype=bool) | np.eye(y.shape[1], dtype=bool)[:1] * "
                "(np.arange(y.shape[1]) == 0)[:, None]"
            ),
            "out | what decoder_layer_backward makes of the cache",
            "the causal mask is off by one: a word does not look at itself",
        ),
        (
            "causal_mask(y.shape[1])",
            "None",
            "out | what decoder_layer_backward makes of the cache",
            "words look at later words: the causal mask is missing",
        ),
        (
            (
                '        normal, cache_norm = layer_norm_forward(x, p[f"gamma_{name}"], p[f"beta_{name}"])\n'
                "        out, cache_part = part(normal)\n"
                "        out, cache_dropout = dropout_forward(out, dropout, rng)\n"
                "        x = x + out\n"
            ),
            (
                "        out, cache_part = part(x)\n"
                "        out, cache_dropout = dropout_forward(out, dropout, rng)\n"
                '        x, cache_norm = layer_norm_forward(x + out, p[f"gamma_{name}"], '
                'p[f"beta_{name}"])\n'
            ),
            "out | what decoder_layer_backward makes of the cache",
            "the normal form is taken after the addition (post-norm), not before each part",
        ),
        (
            "x = x + out\n",
            "x = out\n",
            "out | what decoder_layer_backward makes of the cache",
            "the output of a part is not added to x, but stands in its place",
        ),
        (
            "x = x + out\n",
            "x = normal + out\n",
            "out | what decoder_layer_backward makes of the cache",
            "the output of a part is added to the normal form of x, not to x itself",
        ),
        (
            "out, cache_dropout = dropout_forward(out, dropout, rng)\n        x = x + out",
            "x, cache_dropout = dropout_forward(x + out, dropout, rng)",
            "out",
            "x goes through dropout, too; only the output of a part should",
        ),
        ("dropout_forward(out, dropout, rng)", "dropout_forward(out, dropout)", "out", "nothing goes through dropout"),
    ),
    "CaptioningTransformer.loss": (
        (
            "dA = dA + dA_layer",
            "dA = dA_layer",
            "dW_proj | db_proj",
            "the gradients of A do not add up over the layers",
        ),
        (
            "dA.sum(axis=0)",
            "np.where(np.arange(NUM_CELLS)[:, None] == 0, dA.sum(axis=0), 0)",
            "db_proj",
            "db_proj has the gradient of one cell only",
        ),
        (
            "dA.sum(axis=0)",
            '0 * p["b_proj"] + dA.sum(axis=(0, 1))',
            "db_proj",
            "each row of db_proj is the sum over all cells",
        ),
        ("words_out != self._null)", "words_out >= 0)", "*", "targets that are <NULL> are not ignored"),
        (
            "self.forward(features, words_in, self._rng)",
            "self.forward(features, words_in)",
            "dW_embed | loss",
            "there is no dropout: self.forward needs self._rng",
        ),
        (
            'word_embedding_backward(dropout_backward(dx, caches["dropout"]), caches["words"])',
            'word_embedding_backward(dx, caches["words"])',
            "dW_embed",
            "the gradient of the word vectors does not go back through dropout",
        ),
    ),
}
