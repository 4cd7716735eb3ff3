"""What goes in and out?  Our own exports, folders of Markdown, and what other tools remember."""
