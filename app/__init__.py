"""OneCode Station: reads codes, ties bottle to case to pallet, and reports every act to the central server."""
__version__ = "0.1.0"
