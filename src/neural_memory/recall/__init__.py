"""How does a question find memories?  By its words, by association, fused into one ranking with a reason for
each hit.
"""
