"""Letters to Resident Coordinators: draft, clear, dispatch, answer."""
