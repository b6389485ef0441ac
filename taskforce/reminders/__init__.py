"""Rules and sweeps: everyone is told what they owe."""
