"""The dock: documents, and goods that come in and go out against them."""
