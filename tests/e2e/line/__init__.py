"""The whole line, played: camera, readers, handheld, printer and PLC on real sockets and ptys round the real program.

Each part knows what is physically there (`truth`), never what the station should think; at the end both are compared.
"""
