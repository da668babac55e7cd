"""What becomes of the results: a table on the terminal, JSON, a page, a picture, and the README's table."""
