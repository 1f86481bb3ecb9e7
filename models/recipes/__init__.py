"""How each data set is learned: its network, its budgets, its candidates. One file a data set."""
