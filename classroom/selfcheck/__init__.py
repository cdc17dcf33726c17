"""Checks that students have as well, and what they and the grader share: `python -m selfcheck` in the student edition.

The folder stands at the top of the student edition and in `classroom/` of the project; imports inside are relative.
"""
