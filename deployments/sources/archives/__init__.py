"""Unpacking archives of strangers: zip, tar and tar.gz. Nothing is ever written outside the folder that is named.

`names` judges names, `zips` and `tars` read, `tree` writes, `unpacking` brings them together. The standard library's
own extraction is not used: its filter has let archives write outside the folder.
"""
