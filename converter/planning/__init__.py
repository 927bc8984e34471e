"""The migration of an estate as a runbook: waves of hosts, with the objects and commands of each step."""
