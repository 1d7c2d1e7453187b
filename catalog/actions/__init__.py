"""Every write that a person or a client asks for. An action is atomic, says who (`by=`), and is refused with a message."""
