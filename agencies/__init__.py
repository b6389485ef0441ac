"""Who we are: agencies, mechanisms, memberships, focal points, countries, offices, Resident Coordinators."""
