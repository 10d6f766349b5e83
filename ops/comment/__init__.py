"""`python -m ops comment`: the comment on a pull request, of the report of a run and its exit code."""
