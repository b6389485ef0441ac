"""The ground: dates, access, workflow, mail, PDF, audit, files. Knows no noun of the Task Force."""
