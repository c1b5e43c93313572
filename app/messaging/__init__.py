"""What patients are told: notifications and how they are delivered."""
