"""Callbacks of `train`: functions that it calls after each step, with the `Run`."""

from cs231n.checks import check_whole_number


def print_losses(every):
    """A callback that prints a line of losses every so many steps."""
    check_whole_number("print_every", every)

    def callback(run):
        if run.steps % every == 0:
            D_loss, G_loss = run.losses[-1]
            print(f"step {run.steps}, D: {D_loss:.4f}, G: {G_loss:.4f}")

    return callback


def take_shots(every):
    """A callback that takes a shot after the first step, every so many steps, and after the last step."""
    check_whole_number("show_every", every)

    def callback(run):
        if is_shot_due(run.steps, every, run.num_steps):
            run.take_shot()

    return callback


def is_shot_due(step, every, last):
    """Whether `take_shots(every)` takes a shot after a step, of `last` in all."""
    return step in (1, last) or step % every == 0


def losses_beside(bar):
    """A callback that writes the losses beside a progress bar."""

    def callback(run):
        D_loss, G_loss = run.losses[-1]
        bar.set_postfix(D=f"{D_loss:.3f}", G=f"{G_loss:.3f}", refresh=False)

    return callback
