"""Grades submissions of the student edition: `python -m grading`, described in docs/grading.md."""
