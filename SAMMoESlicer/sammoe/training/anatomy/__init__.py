"""Views into label maps of real bodies: shapes from anatomy, grey values made anew each time."""
