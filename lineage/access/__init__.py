"""Who may see what: principals and their scopes, and the graph as one principal sees it."""
