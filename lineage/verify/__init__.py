"""The verifier: what a stranger needs to check this service's record without trusting it.

Nothing here imports the service, and the service's own tree stands on these modules: there is one mathematics, and the
auditor has it. Standard library and `cryptography` only, no network, no clock. Reading order: tree.py and tiles.py (the
Merkle tree), note.py and keys.py (who signed what), checkpoint.py, policy.py (whom the verifier trusts), proof.py (one
entry), bundle.py (an evidence pack).
"""
