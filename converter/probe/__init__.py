"""Real requests to the old and the new address, compared with each other and with what both tables compute.

The only room that uses the network; its libraries are in the extra `ing2gw[probe]` and are imported when a request is
about to be sent.
"""
