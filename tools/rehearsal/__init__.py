"""A rehearsal of how a team works with it: two environments, pull requests, GitOps, and the evidence of both."""
