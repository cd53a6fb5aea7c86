"""The service report in its forms: JSON, CSV, Markdown, one HTML page."""
