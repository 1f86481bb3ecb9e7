"""How a method is judged: on devices that nothing has seen, in the device's own arithmetic, with what it costs."""
