"""`make demo`: the whole job on the lab, step by step; every line that it claims is checked as it runs."""
