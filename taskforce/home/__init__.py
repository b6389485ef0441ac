"""Dashboard, health and system pages."""
