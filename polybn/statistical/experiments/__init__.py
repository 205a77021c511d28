"""The paper's experiments on large networks, each repeated from several seeds."""
