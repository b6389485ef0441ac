"""Pages of the letters: HTTP only."""
