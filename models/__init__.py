"""Learning: data sets seen as devices, networks with named adaptive layers, Persona's editor, its rivals, evaluation."""
