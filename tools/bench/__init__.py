"""`make bench`: what the program costs, measured side by side in one run on the lab, written to docs/performance.md."""
