"""Drive the running app as a class of visitors would, without browsers: load, endurance and faults."""
