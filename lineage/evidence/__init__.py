"""Evidence: the questions that auditors ask, by name, and packs of answers that strangers can check.

Reading order: answer.py (what an auditor gets), record.py (what is asked), questions/ (Q1 to Q19), pack.py (an answer with
its entries and proofs as files), documents.py, crate.py, prov.py, report.py and guide.py (those files one by one).
"""
