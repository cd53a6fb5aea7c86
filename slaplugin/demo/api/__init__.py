"""The REST endpoints of the demo helpdesk, under `/api/v1`."""
