"""PyTorch in a process of its own, and a clock that is fair to both sides.

PyTorch and TensorFlow in one process disturb each other: each brings threads and libraries of its own, and with builds
of PyTorch for GPUs the process ends in a segmentation fault on a machine without one. A benchmark's PyTorch side is a
class in a module `torch_NAME`; `Peer("torch_gan", "Step", ...)` makes an object of it in another process.
"""

import importlib
import os
import pickle
import statistics
import subprocess
import sys
import time
import traceback

THREADS = 2


class Peer:
    """An object in a process of its own. Methods run there; what they take and give is pickled.

    Args:
        module: name of a module beside this one; maker: name of the class in it; arguments: what the class is
            called with.
    """

    def __init__(self, module, maker, *arguments):
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "OMP_NUM_THREADS": str(THREADS)}
        command = [sys.executable, __file__, module, maker]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        self._ask(arguments)

    def call(self, method, *arguments):
        """What the method gives."""
        return self._ask(("call", method, arguments))

    def method(self, name, *arguments):
        """The method with these arguments, as `compare` takes it: timed where it runs, without the way there."""
        return _Remote(self, name, arguments)

    def _ask(self, message):
        try:
            pickle.dump(message, self.process.stdin)
            self.process.stdin.flush()
            answer, error = pickle.load(self.process.stdout)
        except (EOFError, BrokenPipeError):
            raise SystemExit(f"the process with PyTorch ended ({self.process.wait()})") from None
        if error:
            raise SystemExit(error)
        return answer


class _Remote:
    def __init__(self, peer, name, arguments):
        self.peer, self.name, self.arguments = peer, name, arguments

    def clock(self, repeats):
        return self.peer._ask(("clock", self.name, (repeats, *self.arguments)))


def milliseconds(function, repeats):
    """Milliseconds of one of `repeats` calls in a row."""
    start = time.perf_counter()
    for _ in range(repeats):
        function()
    return (time.perf_counter() - start) / repeats * 1e3


def compare(ours, peer, rounds=7, repeats=4):
    """(our milliseconds, the peer's, ratio): medians over rounds. Both run in turn, so that other load slows both.

    Args:
        ours, peer: functions without arguments, or what `Peer.method` gives; rounds: int, how often both run;
        repeats: int, calls in a round.
    """

    def clock(function):
        return function.clock(repeats) if isinstance(function, _Remote) else milliseconds(function, repeats)

    clock(ours), clock(peer)  # compile and warm up
    pairs = [(clock(ours), clock(peer)) for _ in range(rounds)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def serve(module, maker):
    """The other process: make the object from what comes first, then answer until nothing comes any more."""
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # whatever is printed must not get among the answers
    made = None
    while True:
        try:
            message = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            if made is None:
                made, answer = getattr(importlib.import_module(module), maker)(*message), None
            else:
                kind, name, arguments = message
                answer = _answer(getattr(made, name), kind, arguments)
            reply = answer, None
        except Exception:
            reply = None, traceback.format_exc()
        pickle.dump(reply, answers)
        answers.flush()


def _answer(method, kind, arguments):
    if kind == "call":
        return method(*arguments)
    repeats, *rest = arguments
    return milliseconds(lambda: method(*rest), repeats)


if __name__ == "__main__":
    serve(*sys.argv[1:])
