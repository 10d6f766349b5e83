"""`survey`: asks a listener and a repository, given for this, what no document answers about ALB and CAS."""
