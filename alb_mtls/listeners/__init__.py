"""What is done with one listener: looked at, claimed, switched, proven, restored."""
