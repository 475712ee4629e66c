"""Text rules of the full-text search: words, queries and highlights. They use no database."""
