"""The demo: two clinics with a past, a present day and a future, and a day that plays by itself."""
