"""Routing tables and the one interpreter that asks them: the hub between sources and targets."""

from converter.routing.actions import Action, Backend, Forward, Passthrough, Redirect, Respond
from converter.routing.decide import decide
from converter.routing.decision import Decision
from converter.routing.exchange import Exchange, Request
from converter.routing.matchers import ANY, Condition, Match, ValueMatcher
from converter.routing.request_rules import HeaderRules, PathRules
from converter.routing.table import Certificate, Feature, Port, RoutingTable, Rule, VirtualHost

__all__ = [
    "ANY",
    "Action",
    "Backend",
    "Certificate",
    "Condition",
    "Decision",
    "Exchange",
    "Feature",
    "Forward",
    "HeaderRules",
    "Match",
    "Passthrough",
    "PathRules",
    "Port",
    "Redirect",
    "Request",
    "Respond",
    "RoutingTable",
    "Rule",
    "ValueMatcher",
    "VirtualHost",
    "decide",
]
