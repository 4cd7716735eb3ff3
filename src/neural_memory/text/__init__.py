"""What is this text about?  Pure functions from text to terms, entities, tags and kind; nothing here touches a file."""
