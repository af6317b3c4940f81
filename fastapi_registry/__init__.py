"""FastAPI Blocks Registry: production-ready backend blocks as source code that you own."""
