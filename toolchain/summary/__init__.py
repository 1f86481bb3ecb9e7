"""What a compiled model is and what it costs, before anything is flashed: numbers, and how they are shown."""
