"""Web pages of the demo helpdesk for agents: the ticket list and one ticket."""
