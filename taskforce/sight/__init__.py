"""Requests for sight: whoever knows of a classified thing asks to see it, and learns the outcome and nothing else."""
