"""The claims put to large networks: a record of draws each, and exact trials of what floats suspect."""
