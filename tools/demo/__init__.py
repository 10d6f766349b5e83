"""`make demo`: the whole job on the lab, told step by step; every line that it claims is checked as it runs."""
