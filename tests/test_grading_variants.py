"""Right solutions, written otherwise than the package's, have all points."""

import pytest
from references import right_attention_variants, right_variants

pytest.importorskip("tensorflow")

from classroom.exercises import EXERCISES
from classroom.grading import grader
from tools import mutation

VARIANTS = right_variants.VARIANTS | right_attention_variants.VARIANTS
FILES = {exercise.name: exercise.file for exercise in EXERCISES}


def test_there_are_variants_of_every_function():
    assert len(VARIANTS) >= 40
    assert {name for names, _ in VARIANTS.values() for name in names.split()} == set(FILES)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_right_variant_has_all_points(variant):
    names, source = VARIANTS[variant]
    for name in names.split():
        module = (grader.ROOT / FILES[name]).read_text("utf-8") + source
        verdicts = mutation.verdicts(name, module)
        assert {v.check.title: v.feedback for v in verdicts if v.share < 1} == {}, name
