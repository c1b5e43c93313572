"""The day in the clinic: check-in, visits, the queue board, consultations."""
