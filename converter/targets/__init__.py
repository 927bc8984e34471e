"""What tables become: a package a target, found by `registry.target`."""
