"""The training server: a small EPCIS 2.0 repository and master-data feed, for training and tests only.

A room of its own: nothing else imports it but the command and the demo, and it imports nothing of the station except
the files in resources/. So what it says about the station's events is a second opinion, never an echo.
"""
