"""Where do the bytes live?  The only package that imports sqlite3."""
