"""What keeps it true?  Audits, and taking back what was done."""
