"""Each mistake in the table of mutants loses its claims, and its author reads what the mistake is."""

import functools

import pytest

pytest.importorskip("tensorflow")

from classroom.exercises import EXERCISES
from tools import mutation

MUTANTS = mutation.mutants()
# A network with another number of parameters has another output as well.
NEVER_ALONE = {(name, "parameters and output", "parameters") for name in ("discriminator", "generator")}
NEVER_ALONE |= {(f"dc_{name}", title, claim) for name, title, claim in NEVER_ALONE}


@functools.cache
def verdicts(mutant):
    return mutation.verdicts(mutant.exercise, mutation.mutated(*mutant[:3]))


@functools.cache
def claims_of(exercise):
    return {claim for name, _, claim in mutation.claims() if name == exercise}


def test_there_are_mutants_of_every_function():
    assert len(MUTANTS) >= 150 and {mutant.exercise for mutant in MUTANTS} == {e.name for e in EXERCISES}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: f"{m.exercise}: {m.right.strip()} -> {m.wrong.strip()}"[:150])
def test_a_mutant_loses_its_claims_and_its_author_reads_why(mutant):
    failing = [verdict for verdict in verdicts(mutant) if verdict.share < 1]
    blamed = {claim for verdict in failing for claim in verdict.blamed}
    assert blamed == (claims_of(mutant.exercise) if mutant.claims == "*" else set(mutant.claims.split(" | ")))
    assert mutant.hint in "\n".join(verdict.feedback for verdict in failing)
    assert all(verdict.feedback for verdict in failing)


def test_every_claim_is_lost_alone_by_some_mutant():
    alone, together = mutation.coverage(map(verdicts, MUTANTS))
    assert set(mutation.claims()) - alone == NEVER_ALONE <= together


def test_a_text_that_is_not_there_once_is_named():
    with pytest.raises(ValueError, match="'np' should occur once in rnn_forward, or once in "):
        mutation.mutated("rnn_forward", "np", "tf")
