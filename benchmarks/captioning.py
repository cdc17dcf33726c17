"""Training on captions and writing them, beside PyTorch: same sizes, same batch, float32, two threads.

    python benchmarks/captioning.py

A training step is loss, gradients and Adam. PyTorch does it in three forms: padded, as people write it; padded, with
scores of unmasked words only; packed sequences. The models with attention stand beside an eager step as people write
it: a loop over the words, and `nn.TransformerDecoder`. Each step also stands beside its matrix products alone. Prints
milliseconds, and ratios of ours to the others': medians over rounds in which both run in turn. The first line is the
memory that training on 400,000 captions takes beyond the data (not on Windows, which does not tell it). Targets:

| measured | target |
|---|---|
| training step beside padded | at most 0.75 (RNN), 0.9 (LSTM) |
| training step beside the fastest form | at most 1 |
| training step with attention, 64 captions | at most 1 |
| training step beside its products alone | at most 1.2 (100 captions), 1.4 (25), 1.5 (with attention) |
| writing 100 captions of 30 words | at most 1 |
| gradient of the word vectors beside `np.add.at` | below 1 |
| memory of training beyond the data | at most 500 MB |
"""

import os
import sys

os.environ["TQDM_DISABLE"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "2"  # NumPy reads it only when it is loaded

import numpy as np
from peer_process import Peer, compare

from cs231n.captioning_solver import CaptioningSolver
from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.classifiers.transformer import CaptioningTransformer
from cs231n.long_runs import keep_freed_memory
from cs231n.optim import adam_in_place
from cs231n.packed_captioning import embedding_gradient, packed_loss
from cs231n.packed_transformer import packed_transformer_loss
from cs231n.rnn_layers import word_embedding_backward

V, D, W, H, T = 1004, 512, 256, 512, 16
CELL_D = 64  # features of each of 16 cells, for the models with attention
NULL, START, END = 0, 1, 2
FORMS = ("padded", "unmasked words only", "packed")


def main():
    if sys.platform != "win32":
        show_memory(400_000)  # first, while the process has used little memory otherwise
    keep_freed_memory()  # as `CaptioningSolver.train` does
    for cell_type in ("rnn", "lstm"):
        for N in (100, 25):
            show_training(cell_type, N)
    for cell_type in ("attn", "transformer"):
        show_looking(cell_type, 64)
    for cell_type in ("rnn", "lstm"):
        show_writing(cell_type, 100, 30)
    show_embedding(100)


def batch(N, seed=0, shape=(D,)):
    """Features (N, *shape), and captions (N, T + 1) as long as COCO's: 10.5 words on average, at most 15."""
    rng = np.random.RandomState(seed)
    captions = rng.randint(4, V, (N, T + 1))
    captions[:, 0] = START
    for caption, length in zip(captions, np.clip(np.rint(rng.normal(10.5, 2.2, N)), 6, 15).astype(int), strict=True):
        caption[length + 1] = END
        caption[length + 2 :] = NULL
    return rng.randn(N, *shape).astype(np.float32), captions


def new_model(cell_type):
    words = {"<NULL>": NULL, "<START>": START, "<END>": END} | {f"word{k}": k for k in range(3, V)}
    if cell_type == "transformer":
        return CaptioningTransformer(words, CELL_D, W, seed=0)
    return CaptioningRNN(words, CELL_D if cell_type == "attn" else D, W, H, cell_type, np.float32, seed=0)


def show_training(cell_type, N):
    features, captions = batch(N)
    model = new_model(cell_type)
    peer = Peer("torch_captioning", "Captioner", model.params, cell_type, START, NULL, features, captions)
    losses = [packed_loss(model, features, captions)[0], *(peer.call("loss_value", form) for form in FORMS)]
    print(f"{cell_type.upper()}, {N} captions; losses agree to {np.ptp(losses) / losses[0]:.0e}")
    ours = step(model, features, captions, packed_loss)
    ratios = [show(f"training step, {form}", ours, peer.method("step", form)) for form in FORMS]
    print(f"  beside the fastest: {max(ratios):.2f}")
    show("training step", ours, recurrent_products(cell_type, captions), "products")
    print()


def show_looking(cell_type, N):
    """A training step of a model with attention. PyTorch's has the same dropout; losses are compared without it."""
    features, captions = batch(N, shape=(16, CELL_D))
    model, transformer = new_model(cell_type), cell_type == "transformer"
    loss = packed_transformer_loss if transformer else packed_loss
    maker = "TransformerCaptioner" if transformer else "AttentionCaptioner"
    settings = (model.num_heads, model.num_layers, model.dropout, model.positions) if transformer else ()
    peer = Peer("torch_captioning", maker, model.params, NULL, features, captions, *settings)
    dropout = getattr(model, "dropout", 0)
    model.dropout = 0
    losses = [loss(model, features, captions)[0], peer.call("loss_value")]
    model.dropout = dropout
    print(f"{cell_type.upper()}, {N} captions; losses agree to {np.ptp(losses) / losses[0]:.0e}")
    ours = step(model, features, captions, loss)
    show("training step", ours, peer.method("step"))
    products = transformer_products(model, captions) if transformer else recurrent_products(cell_type, captions)
    show("training step", ours, products, "products")
    print()


def recurrent_products(cell_type, captions):
    """A function that computes the matrix products of a packed training step, of random numbers, and nothing else."""
    lengths, G = (captions[:, 1:] != NULL).sum(axis=1), H if cell_type == "rnn" else 4 * H
    active = [np.count_nonzero(lengths > t) for t in range(lengths.max())]
    K, states = sum(active), 2 * H if cell_type == "attn" else H  # with attention Wattn stands below Wh
    pictures = (16 * len(captions), CELL_D, H) if cell_type == "attn" else (len(captions), D, H)
    sizes = [(K, W, G), (K, H, V), *((rows, states, G) for rows in active)]
    layers = [affine_products(*size, of_weights=k < 2) for k, size in enumerate(sizes)]
    layers += [affine_products(*pictures, of_inputs=False), affine_products(K, states, G, False, False)]
    return lambda: [layer() for layer in layers]


def transformer_products(model, captions):
    """As `recurrent_products`, of a Transformer; with the products of attention, words with words and with cells."""
    lengths, S = (captions[:, 1:] != NULL).sum(axis=1), 16 * len(captions)
    K, T = lengths.sum(), lengths.max()
    layer = [(K, W, 3 * W), *[(K, W, W)] * 3, (S, W, 2 * W), (K, W, 4 * W), (K, 4 * W, W)]
    layers = [affine_products(*size) for size in layer * model.num_layers + [(K, W, V)]]
    layers.append(affine_products(S, CELL_D, W, of_inputs=False))
    heads = len(captions), model.num_heads
    looks = [attention_products(heads, T, places, W // model.num_heads) for places in (T, 16)]
    layers += looks * model.num_layers
    return lambda: [layer() for layer in layers]


def attention_products(batch, T, places, d):
    """A function that computes the products of T queries with keys and values, and of their gradients, for each head.

    Args:
        batch: (N, number of heads), so many small products at a time; places: number of keys; d: entries of a vector.
    """
    rng = np.random.default_rng(0)
    q, dout, k, v, weights = (
        rng.standard_normal((*batch, *shape), np.float32) for shape in [(T, d)] * 2 + [(places, d)] * 2 + [(T, places)]
    )

    def run():
        q @ k.swapaxes(2, 3), weights @ v
        dout @ v.swapaxes(2, 3), weights.swapaxes(2, 3) @ dout  # of the weights and the values
        weights @ k, weights.swapaxes(2, 3) @ q  # of queries and keys, with the gradient of the scores as weights

    return run


def affine_products(N, n, m, of_outputs=True, of_inputs=True, of_weights=True):
    """A function that computes products of a fully connected layer: outputs and gradients of inputs and weights."""
    rng = np.random.default_rng(0)
    x, w, dout = (rng.standard_normal(shape, np.float32) for shape in ((N, n), (n, m), (N, m)))

    def run():
        if of_outputs:
            x @ w
        if of_inputs:
            dout @ w.T
        if of_weights:
            x.T @ dout

    return run


def step(model, features, captions, loss):
    configs = {name: {} for name in model.params}

    def run():
        _, grads = loss(model, features, captions)
        for name, w in model.params.items():
            adam_in_place(w, grads[name], configs[name])

    return run


def show_writing(cell_type, N, max_length):
    """Neither loop stops early: PyTorch's never does, and here no caption of ours ends, because <END> scores -1e4."""
    model, (features, _) = new_model(cell_type), batch(N)
    model.params["b_vocab"][END] = -1e4
    peer = Peer("torch_captioning", "Captioner", model.params, cell_type, START, NULL, features)
    same = np.mean(model.sample(features, max_length) == peer.call("sample", max_length))
    print(f"{cell_type.upper()}, {N} captions of {max_length} words; {100 * same:.0f} % of the words agree")
    show("sample", lambda: model.sample(features, max_length), peer.method("sample", max_length))
    print()


def show_embedding(N):
    """Words are as frequent as in text: the k-th most frequent has 1/k of the first one's share."""
    rng = np.random.RandomState(0)
    share = 1 / np.arange(1, V + 1)
    words = rng.choice(V, (N, T), p=share / share.sum())
    dout = rng.randn(N, T, W).astype(np.float32)

    def add_at():
        return word_embedding_backward(dout, (words, (V, W)))

    def sparse():
        return embedding_gradient(dout.reshape(N * T, W), words.ravel(), V)

    print(f"embedding of {N} x {T} words; gradients agree to {np.abs(sparse() - add_at()).max():.0e}")
    show("embedding_gradient", sparse, add_at, peer_name="np.add.at")
    print()


def show_memory(captions):
    """Fifty training steps on data of COCO's size: 80,000 pictures of 512 features, with five captions each."""
    pictures = captions // 5
    data = {
        "train_features": np.random.default_rng(0).standard_normal((pictures, D), np.float32),
        "train_captions": np.tile(batch(1000)[1].astype(np.int32), (captions // 1000, 1)),
        "train_image_idxs": np.repeat(np.arange(pictures, dtype=np.int32), 5),
        "train_urls": np.full(pictures, ""),
        "idx_to_word": [str(k) for k in range(V)],
    }
    before = peak_memory()
    options = {"update_rule": "adam", "batch_size": 100, "num_epochs": 50 * 100 / captions, "verbose": False}
    CaptioningSolver(new_model("lstm"), data, loss=packed_loss, **options).train()
    size = sum(part.nbytes for part in data.values() if isinstance(part, np.ndarray)) / 1e6
    print(f"training on {captions:,} captions, {size:.0f} MB of data: {peak_memory() - before:.0f} MB more\n")


def peak_memory():
    """The largest memory of this process so far, in MB."""
    import resource  # absent on Windows

    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def show(name, ours, peer, peer_name="PyTorch"):
    a, b, ratio = compare(ours, peer)
    print(f"  {name:31s} {a:6.1f} ms, {peer_name} {b:6.1f} ms, ratio {ratio:.2f}")
    return ratio


if __name__ == "__main__":
    main()
