"""Learning: data sets seen as devices, networks with adaptive layers, Persona's editor, its rivals, evaluation."""
