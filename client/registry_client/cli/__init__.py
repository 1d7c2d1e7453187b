"""The command `registry`: reads, mirrors and proves what is published; publishes and deploys through the API.

Everything that it shows of a registry was written by strangers: it is made harmless before it meets a terminal.
"""
