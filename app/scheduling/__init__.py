"""When a patient can be seen: availability, slots, appointments."""
