"""The local run: environment, engines, supervisor. Never imported in production."""
