"""The launcher: a whole portal with real engines in one folder of this machine. Never runs in production."""
