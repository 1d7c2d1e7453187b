"""Whether everything that one schema accepts is accepted by another; pure, and never wrong when it says yes.

`subset` decides keyword by keyword, and takes what it cannot follow for breaking; `examples` looks for an instance
that shows the difference.
"""
