"""Grades submissions of the student edition: `python -m classroom.grading`, described in docs/grading.md."""
