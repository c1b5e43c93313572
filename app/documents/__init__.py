"""What the clinic hands out on paper: plain content, drawn as PDF."""
