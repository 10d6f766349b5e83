"""`init`: a stack file that is right, out of what cluster and cloud show and what a person answers."""
