"""What the pytest plugin is made of: boards chosen, brought up, judged, and what is kept of each test."""
