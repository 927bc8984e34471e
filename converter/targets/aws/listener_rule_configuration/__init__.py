"""ListenerRuleConfiguration."""
