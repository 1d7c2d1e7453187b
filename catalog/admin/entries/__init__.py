"""Lists, forms and pages of providers, builders and stacks."""
