"""Pipeline: a run from input to findings, and what is asked of a finished one."""
