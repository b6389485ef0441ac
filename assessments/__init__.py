"""What we know: regional TOCTAs, their schedule, flows, questions, estimates and sources."""
