"""Where the graph lives: one contract, written as behaviour (contract.py), and a native back end for each store."""
