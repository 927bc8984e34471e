"""TLSRoute, TCPRoute, UDPRoute, and the Services that stand for them."""
