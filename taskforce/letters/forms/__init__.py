"""What is typed about letters, in modules named as those of `views`."""
