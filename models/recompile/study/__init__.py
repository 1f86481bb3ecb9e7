"""The paper's experiment on our scale: users, two bases of one family, transport against recompiling."""
