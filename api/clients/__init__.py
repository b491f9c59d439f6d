"""Clients written from the schema: the Python package `headwater`, and types for TypeScript.

The one idea: docs/schema.graphql is read, never the service's code, so what is written depends on what is promised alone.
`python -m api.clients` writes all files; a test writes them again and compares.
"""
