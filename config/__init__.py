"""What the facility is: settings, kinds of equipment, facility model, calendar, clock, database."""
