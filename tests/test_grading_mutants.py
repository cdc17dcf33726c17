"""Each mistake in the table of mutants loses its claims, and its author reads what the mistake is."""

import ast
import functools
import os

import pytest

pytest.importorskip("tensorflow")

from classroom.exercises import EXERCISES
from cs231n.files import atomic_write
from tools import mutation

MUTANTS = mutation.mutants()
# A network with another number of parameters has another output as well.
NEVER_ALONE = {(name, "parameters and output", "parameters") for name in ("discriminator", "generator")}
NEVER_ALONE |= {(f"dc_{name}", title, claim) for name, title, claim in NEVER_ALONE}


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Where the processes of pytest-xdist keep for one another which claims each mutant loses."""
    base = tmp_path_factory.getbasetemp()
    path = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "lost_claims"
    path.mkdir(exist_ok=True)
    return path


def verdicts(mutant, folder):
    judged = mutation.verdicts(mutant.exercise, mutation.mutated(*mutant[:3]))
    with atomic_write(folder / str(MUTANTS.index(mutant))) as file:
        file.write(repr(mutation.lost_claims(judged)).encode())
    return judged


def lost_claims(mutant, folder):
    file = folder / str(MUTANTS.index(mutant))
    if not file.exists():
        verdicts(mutant, folder)
    return ast.literal_eval(file.read_text())


@functools.cache
def claims_of(exercise):
    return {claim for name, _, claim in mutation.claims() if name == exercise}


def test_there_are_mutants_of_every_function():
    assert len(MUTANTS) >= 150 and {mutant.exercise for mutant in MUTANTS} == {e.name for e in EXERCISES}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: f"{m.exercise}: {m.right.strip()} -> {m.wrong.strip()}"[:150])
def test_a_mutant_loses_its_claims_and_its_author_reads_why(mutant, folder):
    failing = [verdict for verdict in verdicts(mutant, folder) if verdict.share < 1]
    blamed = {claim for verdict in failing for claim in verdict.blamed}
    assert blamed == (claims_of(mutant.exercise) if mutant.claims == "*" else set(mutant.claims.split(" | ")))
    assert mutant.hint in "\n".join(verdict.feedback for verdict in failing)
    assert all(verdict.feedback for verdict in failing)


def test_every_claim_is_lost_alone_by_some_mutant(folder):
    alone, together = mutation.coverage(lost_claims(mutant, folder) for mutant in MUTANTS)
    assert set(mutation.claims()) - alone == NEVER_ALONE <= together


def test_a_text_that_is_not_there_once_is_named():
    with pytest.raises(ValueError, match="'np' should occur once in rnn_forward, or once in "):
        mutation.mutated("rnn_forward", "np", "tf")
