"""`make bench`: what the program costs, measured in one run on the lab, into docs/evidence/performance.md."""
