"""The doors: who asks (keys, tokens, the open loopback), what each address and question needs, and the log of reads."""
