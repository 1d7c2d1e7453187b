"""Every write that a person or a client asks for: atomic, it says who (`by=`), and is refused with a message."""
