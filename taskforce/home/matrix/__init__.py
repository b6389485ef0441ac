"""The access matrix: every address × every sort of person, on a world in which each hidden thing carries its own mark."""
