"""Policy files: YAML with line numbers to values, or all problems at once."""
