"""The Lambda runtime interface for Python. Nothing here is imported by function code."""
