"""A day at a distributor: documents from a seed, played over two real stations and a real server.

goods, model, script, inbound, outbound, inside, plan: what happens, and what must come of it. play: makes it happen.
check: compares. The model knows nothing of the program's store.
"""
