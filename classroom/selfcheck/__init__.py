"""What students may see of the grader, and have: visible checks, how answers are judged, the points of each check."""
