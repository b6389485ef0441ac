"""What a person does for themselves: absence, mail, the data that the portal keeps about them."""
