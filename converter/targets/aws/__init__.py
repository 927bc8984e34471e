"""Gateway API as the AWS Load Balancer Controller implements it on an ALB, with its own kinds (gateway.k8s.aws).

Facts of that controller are cited as `lbc: path:line` (v3.5.0). What decides most: a listener of an ALB is one ordered
list of rules, whatever their hosts, and the controller orders it by the specification's precedence alone.
"""

from converter.targets.aws.entry import AwsEntryWriter

__all__ = ["AwsEntryWriter"]
