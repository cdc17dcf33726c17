"""Grades submissions of the student edition: `python -m classroom.grading`, see docs/grading.md."""
