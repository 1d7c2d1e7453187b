"""The search index in DynamoDB: written from the published tree by a Lambda, asked by `catalog.search`.

Needs boto3 and nothing else: it is zipped by itself (`make lambda`). Reference: ADR 0023.
"""
