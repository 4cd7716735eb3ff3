"""What has become of the code that memories speak of?  Read off the work tree; git is asked rarely, and warily."""
