"""What a submission's errors say to its author, in plain words."""

import os
import re
import traceback

LONGEST_MESSAGE, _LONGEST_READ = 300, 3000

# TensorFlow's and Keras' own words, and what stands in their place. The first part of TensorFlow's messages names its
# internal function, the last the operation.
_PLAIN = (
    (r"\{\{.*?\}\}\s*", ""),
    (r"\s*\[Op:\w+\](?: name: ?\S*)?", ""),
    (r"\x1b\[[\d;]*m", ""),
    (r"\s*Arguments received by .*", ""),
    (r"Exception encountered when calling (\S+)\.\s+", r"in \1: "),
    (
        r"cannot compute (\w+) as input #\d+ ?\(zero-based\) was expected to be an? (\w+) tensor but is an? (\w+) "
        r"tensor",
        r"\1 of a \2 and a \3 tensor; both must have one dtype",
    ),
    (
        r"Matrix size-incompatible: In\[0\]: (\[.*?\]), In\[1\]: (\[.*?\])",
        r"the shapes \1 and \2 have no matrix product",
    ),
    (r"Incompatible shapes: (\[.*?\]) vs\. (\[.*?\])", r"the shapes \1 and \2 do not go together"),
    (r"required broadcastable shapes", "the shapes do not go together"),
    (r" for '= (\w+)\[.*?\]\(.*?\)' with input shapes: ", r" in \1, for the shapes "),
    (r"'tensorflow\.[\w.]*Tensor' object", "a tensor"),
    (r"(as input to a TensorFlow function)\. A KerasTensor is .*", r"\1; use a layer or an operation of keras.ops"),
    (r"\s*You can attempt the following .*", ""),
    (r"[\s;]*NodeDef: .*", ""),
    (r"(Invalid|Failed)\w*Error: ", "error in TensorFlow: "),
)


def told(error):
    """A sentence about an exception of a submission: which error, and where in the submission."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "cs231n" in f.filename]
    if isinstance(error, NotImplementedError) and frames:
        return f"{frames[-1].name} is not written yet"
    where = f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if frames else ""
    text = " ".join(f"{type(error).__name__}: {error}"[:_LONGEST_READ].split())
    for pattern, plain in _PLAIN:
        text = re.sub(pattern, plain, text)
    return f"the code stops with {text[:LONGEST_MESSAGE]}{where}"
