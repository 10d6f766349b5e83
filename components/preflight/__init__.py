"""What the program finds out and reports before it registers anything."""
