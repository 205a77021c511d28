"""The networks of the experiments, their initialisations, and what a module's normalisations see."""
