"""CEL rules of CustomResourceDefinitions: parsed, compiled, evaluated."""
