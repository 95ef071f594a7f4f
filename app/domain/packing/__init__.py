"""Bottles into cases into pallets: plans, open containers and the verdict on every code."""
